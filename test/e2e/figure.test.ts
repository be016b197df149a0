/** Figures and data of a view, from its pane's head and by key. */
import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { ready, show, startHost, type Host } from './app.ts';

let host: Host;
test.beforeAll(async () => {
  host = await startHost({ model: 'headgate-char-gru' });
});
test.afterAll(() => host.close());

/** What a click saves: the file's name and its bytes. */
async function saved(page: Page, click: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent('download');
  await click();
  const download = await coming;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test('a view is saved as SVG, PDF and PNG, in the theme that was chosen, and as data', async ({ page }) => {
  await page.goto(host.address);
  await ready(page);
  await page.getByTestId('text-input').fill('Call me Ishmael.');
  await ready(page);
  await page.keyboard.press('Escape');
  await show(page, 'Outputs');
  await expect(page.locator('[data-pane][data-view="outputs"]')).toBeVisible();
  await ready(page);

  await page.keyboard.press('ControlOrMeta+Shift+F');
  const dialog = page.getByTestId('figure-dialog');
  await expect(dialog.getByTestId('figure-preview')).toBeVisible();
  const save = () => saved(page, () => dialog.getByTestId('figure-save').click());
  const svg = await save();
  expect(svg.name).toBe('headgate-char-gru · outputs · call-me-ishmael.svg');
  expect(svg.bytes.toString()).toMatch(/^<svg xmlns=[\s\S]*<text[\s\S]*<\/svg>\n$/);

  // The same goes to the clipboard.
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await dialog.getByTestId('figure-copy-svg').click();
  await expect.poll(copied).toBe(svg.bytes.toString());
  await dialog.getByTestId('figure-copy-png').click();
  const kinds = () =>
    page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types }) => types));
  await expect.poll(kinds).toEqual(['image/png']);
  const { violations } = await new AxeBuilder({ page }).include('[data-testid="figure-dialog"]').analyze();
  expect(violations).toEqual([]);

  await dialog.getByRole('button', { name: 'Paper' }).click();
  await dialog.getByTestId('figure-width').fill('120');
  await dialog.getByTestId('figure-width').press('Enter');
  await expect(dialog.getByTestId('figure-measures')).toHaveText(/^120 × \d+ mm$/);
  expect((await save()).bytes.toString()).toContain('width="120mm"');

  await dialog.getByRole('button', { name: 'PDF' }).click();
  const pdf = await save();
  expect(pdf.name).toMatch(/\.pdf$/);
  expect(pdf.bytes.toString('latin1')).toMatch(/^%PDF-[\s\S]*FontFile2/);

  await dialog.getByRole('button', { name: 'PNG' }).click();
  const png = (await save()).bytes;
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  if (process.env['KEEP_SHOT'] !== undefined) await page.screenshot({ path: process.env['KEEP_SHOT'] });
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await page.locator('[data-pane][data-view="outputs"]').getByTestId('save-view').click();
  const csv = await saved(page, () =>
    page.getByRole('menuitem', { name: 'Data as CSV', exact: true }).click(),
  );
  expect(csv.name).toBe('headgate-char-gru · outputs · call-me-ishmael.csv');
  expect(csv.bytes.toString().split('\r\n').length).toBeGreaterThan(2);
  await page.locator('[data-pane][data-view="outputs"]').getByTestId('save-view').click();
  await page.getByRole('menuitem', { name: 'Copy data as CSV' }).click();
  // Clipboards have line ends of their own.
  const lines = (text: string) => text.split(/\r?\n/);
  await expect.poll(async () => lines(await copied())).toEqual(lines(csv.bytes.toString()));
});
