/** A GGUF file with packed weights in the window: it runs, says what stays packed, and its values can be looked at. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { command, ready, root, startHost, temporaryFolder, type } from './app.ts';

test('weights stay packed, and the Tensors view unpacks what it shows', async ({ page }) => {
  using folder = temporaryFolder();
  const from = join(root, 'test/fixtures');
  copyFileSync(join(from, 'gguf_packed/llama-q8_0/model.gguf'), join(folder.path, 'model.gguf'));
  copyFileSync(join(from, 'decoders/gpt-neox-old/tokenizer.json'), join(folder.path, 'tokenizer.json'));
  const host = await startHost({ model: folder.path });
  await page.goto(host.address);
  await ready(page);
  await type(page, 'a cat');
  await expect(page.getByTestId('status-tokens')).toBeVisible();
  await expect(page.getByTestId('gpu-memory')).toContainText('weights packed: q8_0');
  await page.getByTestId('report-button').click();
  await expect(page.getByTestId('report-dialog').locator('[data-part=types]')).toContainText(
    'q8_0, kept packed: 9 bits a value',
  );
  await page.keyboard.press('Escape');
  await command(page, 'Tensors of the model');
  const dialog = page.getByTestId('tensors-dialog');
  await dialog.getByTestId('tensor-filter').fill('layers.0.self_attn.q_proj');
  const row = dialog.getByTestId('tensor').first();
  await expect(row).toContainText('q8_0');
  await row.click();
  await expect(dialog.getByTestId('tensor-statistics').locator('[data-name="values"]')).toHaveText('4,096');
  await expect(dialog.getByTestId('tensor-histogram')).toBeVisible();
  await host.close();
});
