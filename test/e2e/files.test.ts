/** What is said of a model's files where it changes the outputs: in the window, and by a capture. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { tinyGpt2, tinyShapes } from '../unit/cli/tiny-gpt2.ts';
import { headgate, ready, startHost, temporaryFolder } from './app.ts';

/** A tiny GPT-2 with a classifier's head and a tensor that it has no place for. */
function writeModel(folder: string): void {
  const shapes = { ...tinyShapes(), 'v_head.summary.weight': [1, 4], 'h.0.attn.gate.weight': [4] };
  const files = tinyGpt2(shapes);
  const weights = files['model.safetensors'] as Uint8Array;
  const numbers = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  weights.fill(0, weights.length - 4 * numbers);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

test('a head that is not run and a tensor that is left out are named', async ({ page }) => {
  using folder = temporaryFolder();
  writeModel(folder.path);
  const host = await startHost({ model: folder.path });
  try {
    await page.goto(host.address);
    const badge = page.getByTestId('remarks-badge');
    await expect(badge).toBeVisible({ timeout: 60_000 });
    // The vocabulary holds nothing else.
    await page.getByTestId('text-input').fill('ab');
    await ready(page);
    const notice = page.locator('[data-code=files-and-outputs]');
    await expect(notice).toContainText('v_head.summary.weight');
    await expect(notice).toContainText('h.0.attn.gate.weight');
    await expect(page.getByTestId('no-predictions')).toContainText(
      'does not run yet (v_head.summary.weight)',
    );
    await notice.getByTestId('notice-dismiss').click();
    await expect(notice).toHaveCount(0);
    await badge.click();
    const report = page.getByTestId('report-dialog');
    await expect(report.locator('[data-part=caution]')).toContainText('v_head.summary.weight');
    await expect(report.locator('[data-part=tied]')).toContainText('lm_head.weight = wte.weight');
    await expect(report.locator('[data-part=types]')).toContainText('F32');
  } finally {
    await host.close();
  }
  const out = join(folder.path, 'run.safetensors');
  const { status, stderr, stdout } = await headgate(
    'capture',
    folder.path,
    '--text',
    'ab',
    '--out',
    out,
    '--json',
  );
  expect([status, stderr]).toEqual([0, expect.stringContaining('v_head.summary.weight')]);
  expect(JSON.parse(stdout)).toMatchObject({
    remarks: [/v_head/, /gate/].map((name) => expect.stringMatching(name)),
  });
});
