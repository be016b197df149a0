/** Custom models on screen: what was recognised, examples that depart, unknown and long texts, word vectors. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { ready, root, startHost, temporaryFolder, type Host } from './app.ts';

async function open(page: Page, model: string): Promise<Host> {
  const host = await startHost({ model });
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(host.address);
  return host;
}

test('a bare LSTM is recognised, which is shown and can be corrected; unknown characters are counted', async ({
  page,
}) => {
  using folder = temporaryFolder();
  const fixture = join(root, 'test/fixtures/recurrent/lstm/model.safetensors');
  cpSync(fixture, join(folder.path, 'model.safetensors'));
  writeFileSync(join(folder.path, 'vocab.txt'), [...'?abcdefghijklmnop .'].join('\n'));
  const host = await open(page, folder.path);
  // What the model shows first, it can read.
  await ready(page);
  await page.getByTestId('text-input').fill('a ßad éar');
  // No entry of this vocabulary stands for what it does not hold.
  await expect(page.getByTestId('notice-message')).toHaveText(
    /^The text has 3 characters that the model’s vocabulary does not hold/,
  );
  await page.getByTestId('recognised-badge').click();
  await expect(page.getByTestId('recognised')).toHaveText('an LSTM language model');
  const config = JSON.parse(await page.getByTestId('config-text').inputValue()) as Record<string, object>;
  const corrected = { ...config, tokenizer: { ...config['tokenizer'], unknown: '?' } };
  await page.getByTestId('config-text').fill(JSON.stringify(corrected));
  await page.getByTestId('config-apply').click();
  await expect(page.getByTestId('status-unknown')).toHaveText('3 unknown');
  await ready(page);
  await expect(page.getByTestId('gates-lane')).toHaveCount(6);
  await host.close();
});

test('an example that departs turns the badge red and names the activation', async ({ page }) => {
  using folder = temporaryFolder();
  cpSync(join(root, 'assets/models/headgate-char-gru'), folder.path, { recursive: true });
  const file = join(folder.path, 'golden.safetensors');
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [begin] = header['rnn.1.hidden']?.data_offsets ?? [0];
  const at = 8 + length + begin + 4 * 7;
  bytes.writeFloatLE(bytes.readFloatLE(at) + 0.5, at);
  writeFileSync(file, bytes);
  const host = await open(page, folder.path);
  await ready(page);
  const badge = page.getByTestId('golden');
  await expect(badge).toHaveAttribute('data-golden', 'departs');
  await expect(badge).toHaveAttribute('aria-label', /first at “rnn\.1\.hidden”/);
  await host.close();
});

test('a text of 10,000 characters tells its progress, can be stopped, and is shown', async ({ page }) => {
  using folder = temporaryFolder();
  const fixture = join(root, 'test/fixtures/recurrent/lstm');
  cpSync(join(fixture, 'model.safetensors'), join(folder.path, 'model.safetensors'));
  const config = JSON.parse(readFileSync(join(fixture, 'config.json'), 'utf8')) as object;
  const tokenizer = { kind: 'characters', characters: '?abcdefghijklmnop .', unknown: '?' };
  writeFileSync(join(folder.path, 'config.json'), JSON.stringify({ ...config, tokenizer }));
  const host = await open(page, folder.path);
  await ready(page);
  const text = 'a long face in a dim glade. '.repeat(400).slice(0, 10_000);
  // The gradients take longer; they can be stopped, and begun again. The page itself looks for them: they may be there before a
  // busy machine looks again.
  const stopped = page.waitForFunction(() => {
    const progress = document.querySelector('[data-testid="memory-progress"]')?.textContent ?? '';
    if (!/measuring \d+ %/.test(progress)) return false;
    document.querySelector<HTMLElement>('[aria-label="Stop measuring"]')?.click();
    return true;
  });
  await page.getByTestId('text-input').fill(text);
  await expect(page.getByTestId('status-tokens')).toHaveText('10,000 tokens');
  await expect(page.getByTestId('gates-lane')).toHaveCount(6);
  await stopped;
  await expect(page.getByText('The measuring was stopped')).toBeVisible();
  await page.getByRole('button', { name: 'Measure' }).click();
  await expect(page.getByTestId('memory-curve').first()).toBeVisible({ timeout: 120_000 });
  await host.close();
});

test('word vectors: a sum, its nearest words and their map', async ({ page }) => {
  const host = await open(page, 'headgate-word-vectors');
  await ready(page);
  const nearest = page.getByTestId('neighbours-sum').getByRole('listitem');
  await expect(nearest.first()).toHaveText(/^queen\s*0\.7\d\d$/);
  await page.getByTestId('text-input').fill('paris − france + italy');
  await expect(nearest.first()).toHaveText(/^rome\s*0\.8\d\d$/);
  await expect(page.getByTestId('neighbours-word')).toHaveCount(3);
  await expect.poll(() => page.getByTestId('word-map').locator('[data-mark]').count()).toBeGreaterThan(10);
  await page.getByRole('application', { name: 'Words in a plane' }).focus();
  await page.keyboard.press('End');
  await expect(page.getByTestId('word-map-readout')).toHaveText(/cosine 0\.\d{3} to/);
  await page.getByTestId('text-input').fill('king + qwxyzzy');
  await expect(page.getByTestId('notice-message')).toContainText('does not hold: “qwxyzzy”');
  await host.close();
});
