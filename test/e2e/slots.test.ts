/** Several models beside each other, and the window as data: kept, undone, saved, presented. */
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { fixtures, ready, startHost, temporaryFolder } from './app.ts';

const small = join(fixtures, 'odd-sizes');

/** Lets a model be another one in one layer: a tensor of layer 1 is all zeros. */
function changeLayer(folder: string): void {
  const path = join(folder, 'model.safetensors');
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const name = Object.keys(header).find((one) => one.endsWith('h.1.mlp.c_fc.weight')) ?? '';
  const [begin, end] = header[name]?.data_offsets ?? [0, 0];
  expect(end).toBeGreaterThan(begin);
  bytes.fill(0, 8 + headerLength + begin, 8 + headerLength + end);
  writeFileSync(path, bytes);
}

const slots = (page: Page) => page.getByTestId('slot');
const kept = (folder: string) => {
  const path = join(folder, 'window.headgate');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

async function command(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-input').fill(words);
  await page.getByTestId('palette-entry').first().click();
}

test('two models that differ in one layer, side by side; all of it is found again, though one has moved', async ({
  page,
  context,
}) => {
  test.setTimeout(300_000);
  using models = temporaryFolder();
  using config = temporaryFolder();
  const [first, second] = [join(models.path, 'first'), join(models.path, 'second')];
  for (const folder of [first, second]) cpSync(small, folder, { recursive: true });
  changeLayer(second);
  const host = await startHost({ models: [first, second], configDir: config.path });

  await page.goto(host.address);
  await ready(page);
  await expect(slots(page)).toHaveCount(2);
  await expect(page.getByTestId('model-name')).toHaveText('second');
  await page.getByTestId('text-input').fill('the and of');
  await ready(page);

  // One text, two models: what comes next differs.
  const likely = async () => (await page.getByTestId('predictions').textContent()) ?? '';
  const ofSecond = await likely();
  await slots(page).first().click();
  await expect(page.getByTestId('model-name')).toHaveText('first');
  await expect(page.getByTestId('text-input')).toHaveValue('the and of');
  await expect.poll(likely).not.toBe(ofSecond);
  await expect(page.getByTestId('gpu-memory')).toBeVisible();

  // What is pointed at in one slot is locked in the other.
  await page.getByTestId('token').nth(1).click();
  await slots(page).last().click();
  await expect(page.getByTestId('token').nth(1)).toHaveAttribute('aria-selected', 'true');

  // A text of its own, two more slots, more panes, a change, a step.
  await page.getByTestId('slot-link').last().click();
  await page.getByTestId('text-input').fill('of the');
  await ready(page);
  await command(page, 'Open first beside');
  await ready(page);
  await command(page, 'Duplicate the slot');
  await ready(page);
  await expect(slots(page)).toHaveCount(4);
  const panes = 6;
  await expect(page.getByTestId('pane')).toHaveCount(panes);
  await page.keyboard.press('Alt+1');
  await command(page, 'Silence the head');
  await ready(page);
  await expect(page.getByTestId('changes-undo')).toHaveAttribute('aria-label', /Undo: silence L\d H\d/);
  await command(page, 'Keep this screen');
  await expect.poll(() => kept(config.path), { timeout: 20_000 }).toContain('"factor": 0');
  await expect.poll(() => kept(config.path)).toContain('"caption"');

  // The page is killed, and one of the models moves.
  await page.close({ runBeforeUnload: false });
  await host.close();
  renameSync(second, join(models.path, 'moved'));
  const again = await startHost({ configDir: config.path });
  const found = await context.newPage();
  await found.goto(again.address);
  await expect(slots(found)).toHaveCount(4, { timeout: 60_000 });
  await expect(found.getByTestId('pane')).toHaveCount(panes);
  await expect(found.getByTestId('notice').filter({ hasText: 'second of slot B' })).toHaveAttribute(
    'data-code',
    'model-moved',
  );
  await expect(found.getByTestId('model-name')).toHaveText('first');
  await expect(found.getByTestId('text-input')).toHaveValue('the and of');
  await expect(found.getByTestId('changes-undo')).toBeVisible({ timeout: 60_000 });
  await slots(found).nth(1).click();
  await expect(found.getByTestId('text-input')).toHaveValue('of the');

  // Presenting: no frame, the caption large, and out again.
  await slots(found).first().click();
  await found.keyboard.press('F5');
  const caption = found.getByTestId('caption');
  await expect(caption).toBeVisible();
  expect(
    await caption.evaluate((element) => parseFloat(getComputedStyle(element).fontSize)),
  ).toBeGreaterThanOrEqual(36);
  await expect(found.getByTestId('rail')).toHaveCount(0);
  await found.keyboard.press('Escape');
  await expect(found.getByTestId('rail')).toBeVisible();
  await again.close();
});
