/** A classifier, a tagger and a model that answers, as Transformers saved them: labels on screen are those of the reference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { readSafetensors } from '../helpers/safetensors.ts';
import { dropFolder, headgate, ready, root, startHost, temporaryFolder, type } from './app.ts';

const folderOf = (name: string) => join(root, 'test/fixtures/classifiers', name);

/** A fixture's text, and what Transformers made of it. */
function fixture(name: string) {
  const { tensors, metadata } = readSafetensors(readFileSync(join(folderOf(name), 'reference.safetensors')));
  const values = (tensor: string) => [...(tensors.get(tensor)?.data ?? [])];
  return { text: metadata['text'] ?? '', pair: metadata['pair'] ?? '', values };
}

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** In place of the trajectory, so that the heads stay. */
async function showOutputs(page: Page): Promise<void> {
  await page.locator('[data-pane][data-view="trajectory"]').focus();
  await page.getByTestId('view-list').getByText('Outputs', { exact: true }).click();
  await ready(page);
}

/** A model in the window that is there, dropped as its files: the panes stay. */
async function drop(page: Page, name: string): Promise<void> {
  await dropFolder(page, folderOf(name));
  await ready(page);
}

const bars = (page: Page) => page.getByTestId('output-bars').getByRole('listitem');

async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env['KEEP_SHOTS'];
  if (folder === undefined) return;
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: join(folder, `${name}-${scheme}.png`) });
  }
}

test('labels of a text, of its tokens, and an answer: as Transformers gives them', async ({ page }) => {
  test.setTimeout(240_000);
  page.on('pageerror', (error) => {
    throw error;
  });

  const sequence = fixture('bert-sequence');
  const host = await startHost({ model: folderOf('bert-sequence') });
  await page.goto(host.address);
  await ready(page);
  await type(page, sequence.text);
  await showOutputs(page);
  await expect(page.getByTestId('output-bars')).toBeVisible();
  const names = ['negative', 'neutral', 'positive'];
  const shares = softmax(sequence.values('logits'));
  const best = shares.indexOf(Math.max(...shares));
  await expect(bars(page).first()).toContainText(names[best] ?? '?');
  await expect(bars(page).first()).toContainText(`${(100 * (shares[best] ?? 0)).toFixed(1)} %`);
  await expect(bars(page)).toHaveCount(3);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  await keep(page, 'sequence');

  // A head that is silenced moves the labels.
  await page.keyboard.press('Escape');
  await page.locator('[data-head="0 0"]').hover();
  await page.keyboard.press('x');
  await expect(page.getByTestId('output-changes')).not.toHaveClass(/late/);
  const after = softmax(sequence.values('silenced.logits'));
  const divergence = shares.reduce((sum, p, i) => sum + p * Math.log(p / (after[i] ?? NaN)), 0);
  await expect(page.getByTestId('kl')).toHaveText(/nats$/);
  expect(Number((await page.getByTestId('kl').innerText()).split(' ')[0])).toBeCloseTo(divergence, 2);
  await expect(page.getByTestId('output-changes').getByRole('listitem').first()).toContainText(
    /“(negative|neutral|positive)” (rose|fell)/,
  );
  await keep(page, 'sequence-silenced');

  const tokens = fixture('bert-tokens');
  await drop(page, 'bert-tokens');
  await type(page, tokens.text);
  const tags = ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC'];
  await page.getByTestId('token').nth(3).click();
  const row = softmax(tokens.values('logits').slice(15, 20));
  const tag = row.indexOf(Math.max(...row));
  await expect(bars(page).first()).toContainText(tags[tag] ?? '?');
  await expect(bars(page).first()).toContainText(`${(100 * (row[tag] ?? 0)).toFixed(1)} %`);
  await expect(page.getByTestId('output-text').locator('.tag').first()).toHaveText(/PER|LOC/);
  await keep(page, 'tokens');

  const span = fixture('bert-span');
  await drop(page, 'bert-span');
  await type(page, span.text);
  await page.getByTestId('pair-text').fill(span.pair);
  await ready(page);
  await expect(bars(page).first()).toContainText('%');
  await expect(page.getByTestId('output-text').locator('.answer').first()).toBeVisible();
  await keep(page, 'span');

  // The question stays whole, and the passage is moved through.
  await page.getByTestId('pair-text').fill(`${span.pair} `.repeat(9));
  await expect(page.getByTestId('long-text')).toContainText('The second text has');
  await page.getByTestId('next-window').click();
  await ready(page);
  await page.getByTestId('next-window').click();
  await ready(page);
  await expect(page.getByTestId('long-text-where')).toHaveText(/^Second text: tokens\s+[1-9]\d*–\d+ of \d+$/);
  await expect(page.getByTestId('token')).toHaveCount(40);
  await expect(page.getByTestId('output-text').locator('.answer').first()).toBeVisible();
  await keep(page, 'span-window');
  await page.getByTestId('keep-last').click();
  await expect(page.getByTestId('long-text')).toHaveCount(0);
  await ready(page);
  await expect(page.getByTestId('text-input')).toHaveValue(span.text);
  await host.close();
});

test('bars move while the temperature does; surprisal and perplexity are those of a capture', async ({
  page,
}) => {
  test.setTimeout(240_000);
  const host = await startHost();
  await page.goto(host.address);
  await ready(page);
  await page.getByTestId('text-input').fill('The captain looked at the sea.');
  await ready(page);
  await showOutputs(page);
  const share = async () =>
    parseFloat((await bars(page).first().locator('.value').innerText()).replace('>', ''));
  await expect(page.getByTestId('perplexity')).toBeVisible();
  const shown = parseFloat((await page.getByTestId('perplexity').innerText()).replace('perplexity ', ''));

  const before = await share();
  const slider = page.getByTestId('temperature');
  await slider.focus();
  await slider.press('End');
  await expect.poll(share).toBeLessThan(before);
  await slider.press('Home');
  await expect.poll(share).toBeGreaterThan(before);
  await page.getByRole('button', { name: 'reset', exact: true }).click();
  await expect.poll(share).toBe(before);
  await page.getByTestId('token').nth(2).click();
  await keep(page, 'language');

  // What is written is told from the text.
  await page.keyboard.press('Escape');
  await page.getByTestId('write').click();
  await ready(page);
  await expect(page.getByTestId('output-text').locator('.written').first()).toBeVisible();
  await expect(page.locator('[data-testid="token"].written').first()).toBeVisible();
  await keep(page, 'written');
  await host.close();

  using folder = temporaryFolder();
  const out = join(folder.path, 'run.safetensors');
  const { status } = await headgate(
    ...[
      'capture',
      'headgate-gpt',
      '--text',
      'The captain looked at the sea.',
      '--out',
      out,
      '--keep',
      'logits',
    ],
  );
  expect(status).toBe(0);
  const { tensors, metadata } = readSafetensors(readFileSync(out));
  const ids = (JSON.parse(metadata['tokens'] ?? '[]') as { id: number }[]).map(({ id }) => id);
  const { data = new Float32Array(), shape = [] } = tensors.get('logits') ?? {};
  const V = shape[1] ?? 0;
  const surprisal = ids
    .slice(1)
    .map((id, t) => -Math.log(softmax([...data.slice(t * V, (t + 1) * V)])[id] ?? 0));
  const mean = surprisal.reduce((sum, value) => sum + value, 0) / surprisal.length;
  expect(shown / Math.exp(mean)).toBeCloseTo(1, 2);
});
