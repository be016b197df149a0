/** Recurrent models on screen: gates, gradients through time, trajectories, alignments; on bundled models. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import {
  command,
  headgate,
  ready,
  root,
  sharedWindow,
  show,
  switchTo,
  temporaryFolder,
  type,
} from './app.ts';
import { readSafetensors } from '../helpers/safetensors.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEXT = 'the whale and the sea';

const { test } = sharedWindow({ model: 'headgate-char-lstm' });

/** The model with the panes that a fresh window would give it, on a text. */
async function begin(page: Page, model: string, text: string): Promise<void> {
  await switchTo(page, model);
  await command(page, 'Reset layout');
  await type(page, text);
}

test('an LSTM shows its gates, its memory beside other models, its predictions, and the numbers of a capture', async ({
  page,
}) => {
  await begin(page, 'headgate-char-lstm', TEXT);
  await expect(page.getByTestId('status-tokens')).toHaveText(`${TEXT.length} tokens`);
  await expect(page.getByTestId('golden')).toHaveAttribute('data-golden', 'passed');

  const lanes = page.getByTestId('gates-lane');
  await expect(lanes).toHaveCount(6);
  await lanes.nth(1).hover();
  await expect(page.getByTestId('gates-readout')).toHaveText(/^forget, .*: (mean )?0\.\d+|1\.000$/);
  await expect(page.getByTestId('token').nth(10)).toHaveClass(/hovered/);

  // Two layers, with their cells.
  const curves = page.getByTestId('memory-curve');
  await expect(curves).toHaveCount(4);
  await page.getByTestId('memory-compare').selectOption({ label: 'headgate-char-rnn' });
  await expect.poll(() => curves.count()).toBeGreaterThan(4);
  await expect(page.getByTestId('memory-progress')).toHaveCount(0);
  const memory = await page.getByTestId('memory-mode').inputValue();
  await page.getByTestId('memory-mode').selectOption('inputs');
  await expect(curves).toHaveCount(2);
  await page.getByTestId('memory-picture').selectOption('text');
  await expect(page.getByTestId('memory-text').locator('[data-mark^="t"]')).toHaveCount(TEXT.length);

  using folder = temporaryFolder();
  const file = join(folder.path, 'run.safetensors');
  const text = 'The captain looked at the sea.';
  const kept = ['--keep', 'hidden_states,gates,cell_gradient', '--out', file];
  const { status, stderr } = await headgate('capture', 'headgate-char-lstm', '--text', text, ...kept);
  expect([status, stderr]).toEqual([0, '']);
  const { tensors } = readSafetensors(readFileSync(file));
  const valueOf = (name: string, index: number) => tensors.get(name)?.data[index] ?? NaN;
  const units = tensors.get('rnn.1.cell')?.shape[1] ?? 0;
  const [unit, step] = [88, 10];
  const at = (name: string, t = step) =>
    valueOf(`rnn.1.${name}`, t * units + unit)
      .toFixed(2)
      .replace('-', '−');
  const own = tensors.get('rnn.1.cell_gradient_norm');
  expect(own?.shape).toEqual([text.length]);
  expect(own?.data.at(-1)).toBeCloseTo(1, 6);

  // A locked unit, and the memory of the cell.
  await page.getByTestId('memory-picture').selectOption('curves');
  await page.getByTestId('memory-mode').selectOption(memory);
  await type(page, text);
  await page.getByTestId('stack-layer').first().selectOption('1');
  await page.getByTestId('gates-unit').fill(String(unit));
  await page.getByTestId('gates-unit').press('Tab');
  await page.getByTestId('token').nth(step).click();
  await expect(page.getByTestId('gates-readout')).toContainText(
    `c = f·c + i·g = ${at('gates.forget')} · ${at('cell', step - 1)} + ${at('gates.input')} · ${at('gates.cell')} = ${at('cell')}`,
  );
  await show(page, 'View: Cell');
  await page.getByTestId('stack-layer').first().selectOption('1');
  await page.getByTestId('cell-unit').fill(String(unit));
  await page.getByTestId('cell-unit').press('Tab');
  const cell = page.getByTestId('cell-readout');
  const sum = (t: number) =>
    `${at('gates.forget', t)} · ${at('cell', t - 1)} + ${at('gates.input', t)} · ${at('gates.cell', t)} = ${at('cell', t)}`;
  await expect(cell).toContainText(sum(step));
  await expect(page.getByTestId('cell-drawing').getByText(at('cell'), { exact: true })).toBeVisible();
  // Arrows step, Space plays to the end.
  await page.getByTestId('cell-picture').press('ArrowRight');
  await expect(cell).toContainText(sum(step + 1));
  await page
    .getByTestId('token')
    .nth(text.length - 3)
    .click();
  await page.getByTestId('cell-picture').press('a');
  await expect(page.getByTestId('cell-place')).toHaveText(`position ${text.length} of ${text.length}`);
  await expect(page.getByTestId('cell-play')).toHaveAttribute('aria-label', 'Play over the text');
  await show(page, 'View: Gates');
  await page.getByTestId('gates-sort').selectOption('half-life');
  await page.getByTestId('gates-picture').selectOption('saturation');
  await expect(page.getByTestId('gates-scatter-drawing')).toBeVisible();
  await expect(
    page.getByTestId('memory-curves').getByText(valueOf('rnn.1.cell_gradient_norm', 0).toFixed(3)),
  ).toBeVisible();

  await show(page, 'View: Outputs');
  const rows = page.getByTestId('predictions-table').getByRole('row');
  await expect.poll(() => rows.count()).toBeGreaterThan(5);
  await expect(rows.first()).toContainText('%');

  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});

test('an attention decoder: alignment, a weight moved by hand, a given target, beams', async ({ page }) => {
  await begin(page, 'headgate-en-es-lstm-attention', 'The old captain sees the white house.');
  const output = page.getByTestId('written');
  await expect(output).toContainText('capitán');
  const own = await output.innerText();

  await show(page, 'View: Attention decoder');
  // Without a selection it is at the last word, as the inspector is.
  const last = (await page.getByTestId('token').count()) - 1;
  await expect(page.getByTestId('alignment-step')).toContainText(`step ${last}`);
  const looked = (index: number) => page.getByRole('heading', { name: `Token ${index}`, exact: true });
  await expect(looked(last)).toBeVisible();
  await page.getByTestId('token').nth(2).click();
  await page.getByTestId('alignment-step').hover();
  await expect(page.getByTestId('alignment-step')).toContainText('step 2');
  const weights = page.getByTestId('alignment-weight');
  await expect.poll(() => weights.count()).toBeGreaterThan(5);
  // Moved in a phase before, it shows what follows from it.
  await page.getByTestId('panes').getByRole('button', { name: 'Scores' }).click();
  await expect(page.getByTestId('alignment-picture')).not.toContainText('Context and state give');
  await weights.nth(5).focus();
  await page.keyboard.press('End');
  await expect(page.getByTestId('alignment-reset')).toBeVisible();
  await ready(page);
  await expect(page.getByTestId('alignment-picture')).toContainText('Context and state give the next word');
  await expect(page.getByTestId('alignment-step')).toContainText('step 2');
  await expect(weights.nth(5)).toHaveValue('1');
  await expect(looked(2)).toBeVisible();
  await page.getByTestId('alignment-reset').click();
  await ready(page);
  await expect(output).toHaveText(own);
  await expect(looked(2)).toBeVisible();
  // Let go, every view is at the last word again.
  await page.keyboard.press('Escape');
  await expect(looked(last)).toBeVisible();
  await expect(page.getByTestId('alignment-step')).toContainText(`step ${last}`);
  await show(page, 'View: Cell');
  await expect(page.getByTestId('cell-place')).toHaveText(`position ${last + 1} of ${last + 1}`);

  await page.getByTestId('target-text').fill('El capitán ve');
  await ready(page);
  await expect(output).toContainText('El capitán ve');
  await page.getByTestId('target-text-clear').click();
  await page.getByTestId('beams').selectOption('4');
  await ready(page);
  await expect(output).toContainText('capitán');
  const canBeStopped = page.waitForFunction(
    () => document.querySelector('[data-testid="write-stop"]') !== null,
  );
  await page.getByTestId('write').click();
  await canBeStopped;
  await ready(page);
  await expect(output).toContainText('capitán');
});

test('a capture of a seq2seq model with a target, and of what is kept', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'run.safetensors');
  const { status, stderr } = await headgate(
    ...['capture', 'headgate-en-es-lstm-attention', '--text', 'The house.', '--target', 'La casa.'],
    ...['--keep', 'attentions,gates', '--out', file],
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { metadata, tensors } = readSafetensors(readFileSync(file));
  const words = (json = '[]') => (JSON.parse(json) as { text: string }[]).map(({ text }) => text).join('');
  expect(words(metadata?.['tokens'])).toContain('La casa.');
  expect(words(metadata?.['source_tokens'])).toContain('The house.');
  const names = [...tensors.keys()];
  expect(names).toContain('attention.weights');
  expect(names.some((name) => name.includes('.gates.'))).toBe(true);
  expect(names.some((name) => /hidden|logits|gradient_norm/.test(name))).toBe(false);
});

test('a capture keeps gates and gradients by itself, and stops writing where it is told to', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'run.safetensors');
  const text = 'The old captain sees the white house.';
  const { status, stderr } = await headgate(
    ...['capture', 'headgate-en-es-lstm-attention', '--text', text, '--generate', '4', '--out', file],
  );
  expect([status, stderr]).toEqual([0, '']);
  const { metadata, tensors } = readSafetensors(readFileSync(file));
  expect(JSON.parse(metadata?.['tokens'] ?? '[]')).toHaveLength(4);
  const S = (JSON.parse(metadata?.['source_tokens'] ?? '[]') as unknown[]).length;
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toMatchObject({
    'decoder.rnn.0.gradient_norm': [4],
    'encoder.rnn.0.reverse.gradient_norm': [S],
    'attention.scores': [4, S],
    'attention.weights': [4, S],
  });
  for (const gate of ['input', 'forget', 'cell', 'output'])
    expect(shapes[`decoder.rnn.0.gates.${gate}`]?.[0]).toBe(4);
  for (const name of ['attention.context', 'decoder.rnn.0.cell', 'encoder.rnn.0.hidden', 'logits'])
    expect(shapes).toHaveProperty([name]);
});

test('options that do not belong together are told in one sentence', async () => {
  const { status, stderr } = await headgate(
    'capture',
    'headgate-gpt',
    '--text',
    'a',
    '--target',
    'b',
    '--out',
    'x.safetensors',
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^headgate: headgate-gpt has no decoder .*--target/);

  const pair = ['--text', 'a', '--pair', 'b', '--out', 'x.safetensors'];
  const second = await headgate('capture', 'headgate-char-lstm', ...pair);
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/^headgate: headgate-char-lstm reads one text at a time: --pair/);
});

test('a text of thousands of steps has only what is in sight on the page', async ({ page }) => {
  await begin(page, 'headgate-char-lstm', TEXT);
  const long = 'the whale and the sea. '.repeat(260);
  const input = page.getByTestId('text-input');
  await input.fill(long);
  await expect(page.getByTestId('token').first()).toHaveAttribute('aria-setsize', String(long.length));
  // Its run is there; the memory of so many steps is measured for long after it.
  await expect(page.getByTestId('status-tokens')).toHaveText('5,980 tokens', { timeout: 120_000 });
  expect(await page.getByTestId('token').count()).toBeLessThan(200);
  expect(await page.locator('[data-token]').count()).toBeLessThan(4500);

  // Keys reach the last token, though it was not there.
  await page.getByTestId('token').first().focus();
  await page.keyboard.press('End');
  const last = page.locator(`[data-index="${long.length - 1}"]`);
  await expect(last).toBeFocused();
  await expect(last).toBeInViewport();
  await expect(last).toHaveAttribute('aria-selected', 'true');

  // So does the field's own end.
  const piece = page.locator(`[data-token="${long.length - 2}"]`);
  await expect(piece).toHaveCount(0);
  await input.focus();
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.press('ControlOrMeta+End');
  await expect(piece).toHaveCount(1);
});

test('what units follow is found from the text alone, and is what a capture says; a pattern is found again', async ({
  page,
}) => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'run.safetensors');
  const text = readFileSync(join(root, 'test/fixtures/unit_features/text.txt'), 'utf8').trimEnd();
  const kept = ['--keep', 'units,hidden_states', '--out', file];
  const { status, stderr } = await headgate('capture', 'headgate-char-lstm', '--text', text, ...kept);
  expect([status, stderr]).toEqual([0, '']);
  const { tensors } = readSafetensors(readFileSync(file));
  const valueOf = (name: string, index: number) => tensors.get(name)?.data[index] ?? NaN;
  const r = (feature: string, unit: number) =>
    valueOf(`units.1.${feature}`, unit).toFixed(2).replace('-', '−');
  expect([r('place_in_word', 88), r('since_sentence', 72)]).toEqual(['0.82', '−0.89']);

  await begin(page, 'headgate-char-lstm', TEXT);
  // Without the memory's pane, which would measure the long text, too.
  await page.locator('[data-pane][data-view="memory"]').focus();
  await page.keyboard.press('Alt+W');
  await show(page, 'View: States');
  await type(page, text);
  await page.getByTestId('stack-layer').first().selectOption('1');
  await page.getByTestId('states-show').selectOption('follow');
  const drawing = page.getByTestId('states-drawing');
  // The first box of a feature is the unit that follows it most.
  await expect(drawing.locator('[data-mark^="f0:"]').first()).toHaveText(
    new RegExp(`^88\\s*${r('place_in_word', 88)}$`),
  );
  await expect(drawing.locator('[data-mark^="f1:"]').first()).toHaveText(
    new RegExp(`^72\\s*${r('since_sentence', 72)}$`),
  );
  await page.getByTestId('states-pattern').fill('ing\\b');
  await page.getByTestId('states-pattern').press('Enter');
  await expect(drawing.getByText('/ing\\b/')).toBeVisible();
  await drawing.locator('[data-mark="f0:88"]').click();

  await page.getByTestId('states-show').selectOption('text');
  const cell = tensors.get('rnn.1.cell');
  const units = cell?.shape[1] ?? 0;
  const at = text.indexOf('Whaling is imperial');
  await drawing.locator(`[data-mark="t${at + 6}"]`).click();
  await expect(page.getByTestId('states-readout')).toContainText(
    `cell ${(cell?.data[(at + 6) * units + 88] ?? NaN).toFixed(2)}`,
  );
  // Brushed by keys, and the other places where the same units are on.
  for (let step = 0; step < 2; step++) await page.getByTestId('states-picture').press('Shift+ArrowLeft');
  await page.getByTestId('states-threshold').fill('2');
  await page.getByTestId('states-places').click();
  await expect(page.getByTestId('states-readout')).toContainText(
    /“ing” .*: \d+ units? with at least 2\.00 all through/,
  );
  const places = drawing.locator('[data-mark^="p"]');
  await expect(drawing).toContainText(/this text: \d+ places?/);
  expect(await places.count()).toBeGreaterThan(0);
});
