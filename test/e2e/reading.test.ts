/** What was read of a model's files, and texts that are longer than the model takes, in the window and from the shell. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { tinyGpt2, tinyShapes } from '../unit/cli/tiny-gpt2.ts';
import { safetensorsOf } from '../unit/formats/make-safetensors.ts';
import { headgate, ready, startHost, temporaryFolder, type Host } from './app.ts';

/** A tiny GPT-2 that was saved under DataParallel. */
const folder = temporaryFolder().path;
const shapes = Object.fromEntries(
  Object.entries(tinyShapes()).map(([name, shape]) => [`module.${name}`, shape]),
);
const numbers = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
for (const [name, content] of Object.entries(tinyGpt2(shapes))) {
  if (content instanceof Uint8Array) content.fill(0, content.length - 4 * numbers);
  writeFileSync(join(folder, name), content);
}

const TEXT = 'ab'.repeat(20);

test.describe.configure({ mode: 'serial' });

let host: Host;
let page: Page;
test.beforeAll(async ({ browser }) => {
  host = await startHost({ model: folder });
  page = await browser.newPage();
  await page.goto(host.address);
  await expect(page.getByTestId('report-button')).toBeVisible({ timeout: 120_000 });
  // The vocabulary holds nothing else.
  await page.getByTestId('text-input').fill('ab');
  await ready(page);
});
test.afterAll(async () => {
  await page.close();
  await host.close();
});

test('a prefix that was cut is told', async () => {
  await page.getByTestId('report-button').click();
  const report = page.getByTestId('report-dialog');
  await expect(report.locator('[data-part=note]')).toContainText('“module.”, which was cut');
  await expect(report.locator('[data-part=tied]')).toContainText('lm_head.weight = wte.weight');
  await page.keyboard.press('Escape');
  await expect(report).toHaveCount(0);
});

test('a long text is moved through by windows, and cut at either end', async () => {
  await page.getByTestId('text-input').fill(TEXT);
  const bar = page.getByTestId('long-text');
  await expect(bar).toContainText('20 tokens: the model takes 8 of them at a time');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+PageDown');
  await ready(page);
  await expect(page.getByTestId('long-text-where')).toHaveText('Tokens 0–7 of 20');
  await expect(page.getByTestId('token')).toHaveCount(8);
  await page.getByTestId('next-window').click();
  await page.getByTestId('next-window').click();
  await expect(page.getByTestId('long-text-where')).toHaveText('Tokens 12–19 of 20');
  await expect(page.getByTestId('next-window')).toBeDisabled();
  await page.getByTestId('window-at').fill('3');
  await page.getByTestId('window-at').press('Enter');
  await expect(page.getByTestId('long-text-where')).toHaveText('Tokens 3–10 of 20');
  await expect(page.getByTestId('text-input')).toHaveValue(TEXT);
  await page.getByTestId('keep-last').click();
  await expect(page.getByTestId('text-input')).toHaveValue('ab'.repeat(8));
  await expect(bar).toHaveCount(0);
  await ready(page);
});

test('a window from the shell', async () => {
  const out = join(folder, 'run.safetensors');
  const { status, stderr } = await headgate(
    ...['capture', folder, '--text', `${TEXT}b`, '--window', '4@18', '--out', out, '--json'],
  );
  expect([status, stderr]).toEqual([0, '']);
  const bytes = readFileSync(out);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()) as {
    __metadata__: Record<string, string>;
  };
  const { tokens, text, load_report: report } = header.__metadata__;
  expect([text, JSON.parse(tokens ?? '')]).toEqual([
    'ababb',
    [2, 2, 1].map((id) => ({ id, text: ['a', 'b', 'ab'][id] })),
  ]);
  expect(JSON.parse(report ?? '')).toMatchObject({ prefix: 'module.', format: 'safetensors' });
});

test('a model that can’t run is a list of its tensors, with why and what to do', async ({ browser }) => {
  using own = temporaryFolder();
  const prefix = 'base_model.model.model.layers';
  const lora = Object.fromEntries(
    [0, 1].flatMap((l) =>
      ['A', 'B'].map((side) => [`${prefix}.${l}.self_attn.q_proj.lora_${side}.weight`, [8, 2]] as const),
    ),
  );
  writeFileSync(join(own.path, 'adapter_model.safetensors'), safetensorsOf(lora));
  const about = { peft_type: 'LORA', r: 8, base_model_name_or_path: 'someone/tiny' };
  writeFileSync(join(own.path, 'adapter_config.json'), JSON.stringify(about));
  const other = await startHost({ model: own.path });
  const shown = await browser.newPage();
  try {
    await shown.goto(other.address);
    const cover = shown.getByTestId('cant-run');
    await expect(cover).toHaveAttribute('data-code', 'adapter', { timeout: 60_000 });
    await expect(shown.getByTestId('cant-run-message')).toContainText(
      'a LoRA adapter (rank 8) of "someone/tiny"',
    );
    await expect(shown.getByTestId('cant-run-hint')).toContainText('merge_and_unload');
    await expect(shown.getByTestId('tensor')).toHaveCount(4);
    await expect(shown.getByTestId('notice')).toHaveCount(0);
    await shown.getByTestId('tensor-list').focus();
    await shown.keyboard.press('ArrowLeft');
    await expect(shown.getByTestId('tensor')).toHaveCount(0);
    await shown.getByTestId('tensor-filter').fill('1.self lora_B');
    await expect(shown.getByTestId('tensor')).toHaveCount(1);
    // Another model takes its place.
    await shown.getByTestId('library-model').filter({ hasText: 'headgate-gpt' }).click();
    await ready(shown);
    await expect(cover).toHaveCount(0);
  } finally {
    await shown.close();
    await other.close();
  }
});
