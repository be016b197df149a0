/** The engine as the user meets it: its panel, its tuning, and a device that goes away. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { ready, startHost, temporaryFolder } from './app.ts';

test('the panel profiles a run, and a tuning is kept for the next start', async ({ page }) => {
  using config = temporaryFolder();
  const first = await startHost({ configDir: config.path });
  await page.goto(first.address);
  await ready(page);
  await page.keyboard.press('ControlOrMeta+Shift+E');
  await expect(page.getByTestId('engine-facts')).toContainText('SwiftShader');
  await page.getByTestId('engine-measure').click();
  const rows = page.getByTestId('engine-rows').locator('tbody tr');
  await expect(rows.filter({ hasText: 'feed forward in' })).toBeVisible();
  // One call for each of the six layers, and a share of the peak.
  await expect(rows.filter({ hasText: 'q, k, v' })).toContainText(/q, k, v\s*6[\d.]+ ms.*%.*%/);
  await page.getByTestId('engine-tune').click();
  const choices = page.getByTestId('engine-choices').locator('tbody tr');
  await expect(choices).toHaveCount(12, { timeout: 120_000 });
  const { violations } = await new AxeBuilder({ page }).include('[data-testid="engine"]').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  const file = join(config.path, 'settings.json');
  await expect.poll(() => readFileSync(file, 'utf8')).toContain('matmul, up to 1 rows');
  await first.close();

  const second = await startHost({ configDir: config.path });
  await page.goto(second.address);
  await ready(page);
  await page.getByTestId('adapter').click();
  await expect(choices).toHaveCount(12);
  await expect(choices.first()).toContainText('kept from before');
  await page.getByTestId('engine-reset').click();
  await expect(page.getByTestId('engine-untuned')).toBeVisible();
  await second.close();
});

test('a device that is lost in mid-run: the run completes on a new one, and one quiet line says so', async ({
  page,
}) => {
  const host = await startHost();
  await page.addInitScript(() => {
    const devices: GPUDevice[] = [];
    Object.assign(window, { devices });
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await requestDevice.call(this, descriptor);
      devices.push(device);
      return device;
    };
  });
  await page.goto(host.address);
  await ready(page);
  const text = 'Call me Ishmael. Some years ago, never mind how long precisely. '.repeat(8);
  await page.getByTestId('text-input').fill(text);
  await page.waitForFunction(() => document.documentElement.dataset['state'] === 'running');
  await page.evaluate(() => (window as unknown as { devices: GPUDevice[] }).devices.at(-1)?.destroy());
  await expect(page.getByTestId('quiet')).toHaveText('The GPU was lost and is back; the run was repeated.');
  await ready(page);
  await expect(page.getByTestId('text-input')).toHaveValue(text);
  expect(await page.getByTestId('token').count()).toBeGreaterThan(100);
  await expect(page.getByTestId('predictions')).toBeVisible();
  await expect(page.getByTestId('notice')).toHaveCount(0);
  expect(await page.evaluate(() => (window as unknown as { devices: GPUDevice[] }).devices.length)).toBe(2);
  await host.close();
});

test('the GPU process dies three times: each time the window finds one again and goes on computing', async ({
  page,
  browser,
}) => {
  const host = await startHost();
  // What browsers say about a lost device must not be read by anyone, not even for a moment.
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const raw = /defect in Headgate|WebGPU:|GPUDevice|popErrorScope|Instance|external Instance|is lost\b/;
    const look = () => {
      const words = raw.exec(document.body.innerText)?.[0];
      if (words !== undefined) seen.push(words);
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto(host.address);
  await ready(page);
  const control = await browser.newBrowserCDPSession();
  for (const text of ['The whale', 'The whale and', 'The whale and the sea']) {
    // The command is not answered: what would answer is gone.
    void control.send('Browser.crashGpuProcess' as 'Browser.getVersion').catch(() => undefined);
    await expect(page.getByTestId('lost-cover').first()).toBeVisible();
    await expect(page.getByTestId('quiet')).toHaveText('The GPU was lost and is back; the run was repeated.');
    await ready(page);
    await expect(page.getByTestId('lost-cover')).toHaveCount(0);
    await page.getByTestId('text-input').fill(text);
    const word = text.split(' ').at(-1) ?? '';
    await expect(page.getByTestId('token').last()).toHaveAttribute('aria-label', new RegExp(`${word}$`));
    await ready(page);
    await expect(page.getByTestId('predictions')).toContainText('%');
    await expect(page.getByTestId('notice')).toHaveCount(0);
    await expect(page.getByTestId('view-error')).toHaveCount(0);
  }
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
  await host.close();
});
