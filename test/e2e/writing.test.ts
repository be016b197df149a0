/** Models that write: token by token, stopped, continued and forced. */
import { expect, test, type Page } from '@playwright/test';
import { ready, startHost, type Host } from './app.ts';

let host: Host;
test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

async function open(page: Page): Promise<number> {
  await page.goto(host.address);
  await ready(page);
  await page.getByTestId('text-input').fill('The captain looked at the');
  await expect(page.getByTestId('status-tokens')).toHaveText('5 tokens');
  await ready(page);
  return page.getByTestId('token').count();
}

test('a language model goes on, one token at a time or several; the prompt comes back', async ({ page }) => {
  const prompt = await open(page);
  await page.getByTestId('write-step').click();
  await expect(page.getByTestId('token')).toHaveCount(prompt + 1);
  await page.getByTestId('write-length').fill('3');
  await page.getByTestId('write-length').press('Enter');
  await page.getByTestId('write').click();
  await expect(page.getByTestId('token')).toHaveCount(prompt + 4);
  await expect(page.getByTestId('write-stop')).toHaveCount(0);
  const written = await page.getByTestId('written').innerText();
  // The same greedy text again.
  await page.getByTestId('write-reset').click();
  await expect(page.getByTestId('token')).toHaveCount(prompt);
  await page.getByTestId('write-length').fill('4');
  await page.getByTestId('write-length').press('Enter');
  await page.getByTestId('write').click();
  await expect(page.getByTestId('token')).toHaveCount(prompt + 4);
  await expect(page.getByTestId('write-stop')).toHaveCount(0);
  expect(await page.getByTestId('written').innerText()).toBe(written);
});

test('writing is stopped, and what is written stays', async ({ page }) => {
  const prompt = await open(page);
  await page.getByTestId('write-length').fill('400');
  await page.getByTestId('write-length').press('Enter');
  await page.getByTestId('write').click();
  await expect.poll(() => page.getByTestId('token').count()).toBeGreaterThan(prompt + 1);
  await page.getByTestId('write-stop').click();
  await ready(page);
  const count = await page.getByTestId('token').count();
  expect(count).toBeLessThan(prompt + 100);
  await expect(page.getByTestId('write-reset')).toBeEnabled();
});

test('a token of the user’s choice in the middle of the text, and on from there', async ({ page }) => {
  await open(page);
  await page.getByTestId('token').nth(1).click();
  const second = page.getByTestId('predictions').getByRole('button').nth(1);
  await expect(page.getByTestId('inspector-token-text')).toHaveText('·captain');
  await expect(page.getByTestId('predictions')).not.toHaveClass(/late/);
  const chosen = ((await second.getAttribute('aria-label')) ?? '').replace(/^Go on with “(.*)”$/s, '$1');
  await page.getByTestId('write-length').fill('2');
  await page.getByTestId('write-length').press('Enter');
  await second.click();
  // Two of the prompt, the chosen one, and two that are written.
  await expect(page.getByTestId('token')).toHaveCount(5);
  await expect(page.getByTestId('token').nth(2)).toHaveAttribute('aria-label', `Token 2: ${chosen}`);
});
