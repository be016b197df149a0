/** The attention workbench on the bundled GPT: numbers on screen are the captures'; clicks open what belongs to a part. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { formatPercent, formatValue } from '../../src/renderer/common/numbers.ts';
import { readSafetensors } from '../helpers/safetensors.ts';
import { must } from '../helpers/must.ts';
import { headgate, ready, sharedWindow, show, temporaryFolder, type } from './app.ts';

const TEXT = 'Captain Bildad and Captain Peleg went to the harbor. Captain Bildad and Captain';
const { test } = sharedWindow({ model: 'headgate-gpt' });

async function open(page: Page, title: string, view: string): Promise<void> {
  await show(page, title);
  await expect(page.locator(`[data-pane][data-active="true"][data-view="${view}"]`)).toBeVisible();
  await ready(page);
}

/** What a capture of the text holds. */
async function captured(...keep: readonly string[]) {
  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const result = await headgate('capture', 'headgate-gpt', '--text', TEXT, '--out', out, '--keep', ...keep);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  return readSafetensors(readFileSync(out));
}

test('the lens shows the answers of the capture; a token is followed; a figure of it is looked at', async ({
  page,
}) => {
  test.setTimeout(180_000);
  await type(page, TEXT);
  await open(page, 'Lens', 'lens');
  const { tensors } = await captured('lens', '--top', '1');
  const { shape, data } = must(tensors.get('lens.ids'));
  const [depth = 0, T = 0] = shape;
  const probabilities = must(tensors.get('lens.probabilities')).data;
  await page.getByTestId('lens').focus();
  // The cell of the last layer at the first position, by keyboard alone.
  await page.keyboard.press('ArrowRight');
  const spoken = page.locator('[data-view="lens"] section [aria-live]').first();
  await expect(spoken).toContainText(`after L${depth - 2}`);
  await expect(spoken).toContainText(formatPercent(must(probabilities[(depth - 1) * T])));
  await page.keyboard.press('ArrowDown');
  await expect(spoken).toContainText(`after L${depth - 3}`);
  await expect(spoken).toContainText(formatPercent(must(probabilities[(depth - 2) * T])));
  expect(data).toHaveLength(depth * T);
  await page.getByTestId('lens-token').fill('Peleg');
  await page.getByTestId('lens-token').press('Enter');
  await expect(page.getByTestId('lens-measure')).toHaveValue('probability');
  await ready(page);
  await expect(page.getByTestId('lens-picture')).toHaveAttribute('aria-label', /“·?Peleg”/);
  await page.getByTestId('lens-token').fill('no such token');
  await page.getByTestId('lens-token').press('Enter');
  await expect(page.getByText('No token is exactly “no such token”.')).toBeVisible();
});

test('the block map opens the neurons of a block, which are the capture’s, and a head', async ({ page }) => {
  test.setTimeout(180_000);
  await type(page, TEXT);
  await open(page, 'Block map', 'block-map');
  await expect(page.getByTestId('map-picture')).toHaveAttribute('aria-label', /3\.\d M parameters/);
  await page.getByRole('button', { name: /^layer 2, MLP/ }).click();
  await ready(page);
  const { tensors } = await captured('mlp');
  const { shape, data } = must(tensors.get('mlp.2'));
  const [T = 0, F = 0] = shape;
  const token = T - 1;
  await page.keyboard.press('Escape');
  const row = [...data.slice(token * F, (token + 1) * F)];
  const strongest = row.indexOf(
    row.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0),
  );
  await expect(page.getByTestId('map-picture').locator('[data-mark^="neuron"]').first()).toHaveAttribute(
    'data-mark',
    `neuron ${strongest}`,
  );
  await expect(page.locator('[data-view="block-map"] section [aria-live]').first()).toContainText(
    `Neuron ${strongest} of L2`,
  );
  await page.getByTestId('map-mode').selectOption('diagram');
  await page.getByRole('button', { name: /^layer 4, attention/ }).click();
  await expect(page.locator('[data-pane][data-view="attention-head"]')).toBeVisible();
  await ready(page);
  await expect(page.locator('[data-view="attention-head"] section [aria-live]').first()).toContainText('L4');
});

test('heads are scored on repeated random tokens, and their labels are no guesses then', async ({ page }) => {
  test.setTimeout(180_000);
  await open(page, 'All heads', 'attention-grid');
  const pane = page.locator('[data-pane][data-active="true"]');
  await pane.getByTestId('grid-mode').selectOption('table');
  await ready(page);
  await pane.getByRole('button', { name: 'Score on repeated random tokens' }).click();
  await expect(pane.getByTestId('head-scores')).toContainText('measured on 8 × 50 random tokens', {
    timeout: 120_000,
  });
  const row = pane.getByTestId('head-table').locator('tr[data-head="4 5"]');
  await expect(row).toContainText('induction 0.8');
  await expect(row.locator('.guess')).toHaveCount(0);
});

test('keyboard alone finds the induction head and opens its steps', async ({ page }) => {
  test.setTimeout(180_000);
  /** Goes on by Tab until an element has the focus. */
  const focus = async (wanted: Locator) => {
    for (let i = 0; i < 60; i++) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error('Tab does not lead there.');
  };
  await open(page, 'All heads', 'attention-grid');
  const active = page.locator('[data-pane][data-active="true"]');
  // By its id: whichever pane Tab goes through is the active one.
  const pane = page.locator(`[data-pane="${await active.getAttribute('data-pane')}"]`);
  const mode = pane.getByTestId('grid-mode');
  for (let shown = await mode.inputValue(); shown !== 'table'; shown = await mode.inputValue()) {
    await page.keyboard.press('t');
    await expect(mode).not.toHaveValue(shown);
  }
  await ready(page);
  const table = pane.getByTestId('head-table');
  // The heads of the columns are one stop, and so are all rows, at the head that is chosen.
  await focus(table.locator('thead button').first());
  const induction = table.getByRole('button', { name: 'induction', exact: true });
  const isThere = () => induction.evaluate((element) => element === document.activeElement);
  for (let i = 0; i < 20 && !(await isThere()); i++) await page.keyboard.press('ArrowRight');
  await expect(induction).toBeFocused();
  await page.keyboard.press('Enter');
  const first = table.locator('tbody button').first();
  // The card's, or its neighbour that does the same on this text.
  await expect(first).toHaveText(/^L4 H[45]$/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  await expect(first).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('y');
  await expect(active).toHaveAttribute('data-view', 'why');
  await ready(page);
  await expect(page.locator('[data-view="why"] section [aria-live]').first()).toContainText(/L4 H[45]/);
});

test('the memory of a Transformer is the capture’s, from any output; a recurrent model stands beside it', async ({
  page,
}) => {
  test.setTimeout(240_000);
  await type(page, TEXT);
  await page.keyboard.press('Escape');
  await open(page, 'Memory', 'memory');
  const pane = page.locator('[data-pane][data-active="true"]');
  await expect(pane.getByTestId('memory-mode')).toHaveValue('inputs');
  const { tensors } = await captured('input_gradient');
  const norms = [...must(tensors.get('input_gradient')).data];
  const curves = pane.getByTestId('memory-curves');
  await expect(curves.getByText(formatValue(must(norms[0])), { exact: true })).toBeVisible();
  await pane.getByTestId('memory-compare').selectOption({ label: 'headgate-char-rnn' });
  await expect(pane.getByTestId('memory-curve')).toHaveCount(2, { timeout: 60_000 });
  await ready(page);

  // As text, asked from another output: what follows it does not count.
  await pane.getByTestId('memory-picture').selectOption('text');
  const tokens = pane.getByTestId('memory-text').locator('[data-mark^="t"]');
  await expect(tokens).toHaveCount(norms.length);
  await tokens.nth(5).click();
  const fill = (index: number) =>
    tokens
      .nth(index)
      .locator('rect')
      .first()
      .evaluate((rect) => getComputedStyle(rect).opacity);
  await expect.poll(() => fill(6)).toBe('0');
  // The picture is drawn anew when the other model's curve comes, so that a rectangle that was found may be gone by now.
  await expect.poll(async () => Number(await fill(5))).toBeGreaterThan(0);
  await page.keyboard.press('Escape');
});
