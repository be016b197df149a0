/** Models whose values stop being numbers: every view, the status line and a capture say so, and where it began. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { readSafetensors } from '../helpers/safetensors.ts';
import { fixtures, headgate, ready, root, startHost, temporaryFolder } from './app.ts';

/** Copies a fixture of f32 weights and writes over the values of one tensor. */
function spoil(
  from: string,
  to: string,
  tensor: string,
  change: (value: number, index: number) => number,
): void {
  cpSync(from, to, { recursive: true });
  const file = join(to, 'model.safetensors');
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [begin, end] = header[tensor]?.data_offsets ?? [0, 0];
  expect(end, tensor).toBeGreaterThan(begin);
  for (let at = begin; at < end; at += 4) {
    const place = 8 + length + at;
    bytes.writeFloatLE(change(bytes.readFloatLE(place), (at - begin) / 4), place);
  }
  writeFileSync(file, bytes);
}

test('NaN in a layer: hatched cells, marked panes, and one sentence on where it began', async ({ page }) => {
  using folder = temporaryFolder();
  const model = join(folder.path, 'model');
  const tensor = 'transformer.h.1.mlp.c_fc.weight';
  spoil(join(fixtures, 'odd-sizes'), model, tensor, (value, index) => (index === 5 ? NaN : value));
  const host = await startHost({ model });
  await page.goto(host.address);
  await ready(page);
  const notices = page.getByTestId('notice');
  await expect(notices.and(page.locator('[data-code="invalid-values"]'))).toContainText(
    'arises in layer 1 (hidden_states.2, token 0)',
  );
  await expect(notices.and(page.locator('[data-code="files-and-outputs"]'))).toContainText(
    `“${tensor}” holds NaN or infinite values`,
  );
  await expect(page.getByTestId('status-invalid')).toHaveAttribute('title', /in layer 1/);
  await expect(page.getByTestId('pane-invalid')).toHaveCount(await page.getByTestId('pane').count());
  await expect(page.locator('[data-testid="pane"][data-view="trajectory"]').getByRole('alert')).toContainText(
    'NaN or infinite values',
  );
  await expect(page.getByTestId('no-predictions')).toHaveText('None: the outputs here are not numbers.');
  // Where there is room for a legend, it names the hatch.
  await page
    .locator('[data-testid="pane"][data-view="attention-grid"]')
    .click({ position: { x: 200, y: 10 } });
  await page.keyboard.press('Alt+Enter');
  await expect(page.getByTestId('legend-invalid').first()).toBeVisible();
  // The inspector's and the table's predictions are no ranking.
  await page.locator('[data-testid="view-list-item"][data-view="outputs"]').click();
  await expect(page.getByTestId('predictions-table')).toContainText('not a number');
  await host.close();
});

test('∞ in the head of a recurrent model: the run is marked although all its states are numbers', async ({
  page,
}) => {
  using folder = temporaryFolder();
  const model = join(folder.path, 'model');
  spoil(join(root, 'test/fixtures/recurrent/lstm'), model, 'linear.weight', (value, index) =>
    index === 3 ? Infinity : value,
  );
  const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as object;
  const tokenizer = { kind: 'characters', characters: '?abcdefghijklmnop .', unknown: '?' };
  writeFileSync(join(model, 'config.json'), JSON.stringify({ ...config, tokenizer }));
  const host = await startHost({ model });
  await page.goto(host.address);
  await ready(page);
  await page.getByTestId('text-input').fill('a dim glade');
  await expect(page.getByTestId('status-invalid')).toHaveAttribute(
    'title',
    /in the output layer \(logits, token/,
  );
  await host.close();
});

test('a capture of a run that overflows warns, and its file says so', async () => {
  using folder = temporaryFolder();
  const model = join(folder.path, 'model');
  const tensor = 'transformer.h.1.attn.c_attn.weight';
  spoil(join(fixtures, 'odd-sizes'), model, tensor, (value) => value * 1e30);
  const out = join(folder.path, 'run.safetensors');
  const { status, stderr } = await headgate('capture', model, '--text', 'the ship', '--out', out);
  expect(status).toBe(0);
  expect(stderr).toContain('warning: This run is not a number from some place on');
  expect(stderr).toContain('in layer 1 (hidden_states.2, token 0)');
  expect(stderr).toContain('a value overflowed');
  const { metadata, tensors } = readSafetensors(readFileSync(out));
  expect(stderr).toContain(metadata['warning']);
  expect([...(tensors.get('attentions.2')?.data ?? [])].every(Number.isNaN)).toBe(true);
  expect([...(tensors.get('attentions.0')?.data ?? [])].every(Number.isFinite)).toBe(true);
});
