/** Models that write: token by token, stopped, continued and forced. */
import { expect, type Page } from '@playwright/test';
import { ready, sharedWindow, type } from './app.ts';

const { test } = sharedWindow();

/** Types the prompt, with nothing written behind it. @returns the number of its tokens */
async function open(page: Page): Promise<number> {
  await type(page, '');
  await type(page, 'The captain looked at the');
  await expect(page.getByTestId('status-tokens')).toHaveText('5 tokens');
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

  // Without a text nothing goes on from it: the old prompt is not what was written.
  await page.getByTestId('text-input').fill('');
  await expect(page.getByTestId('quiet')).toContainText('The text is empty');
  await expect(page.getByTestId('written')).toContainText('nothing written yet');
  await expect(page.getByTestId('written')).not.toContainText('captain');
});

test('tokens are drawn: a seed writes its text again, another seed another one', async ({ page }) => {
  const prompt = await open(page);
  await page.getByTestId('write-length').fill('8');
  await page.getByTestId('write-length').press('Enter');
  const choose = async (values: Readonly<Record<string, string>>) => {
    await page.getByTestId('sampling').click();
    for (const [name, value] of Object.entries(values)) {
      await page.getByTestId(`sampling-${name}`).fill(value);
      await page.getByTestId(`sampling-${name}`).press('Enter');
    }
    await page.keyboard.press('Escape');
  };
  const write = async () => {
    await page.getByTestId('write').click();
    await expect(page.getByTestId('token')).toHaveCount(prompt + 8);
    await expect(page.getByTestId('write-stop')).toHaveCount(0);
    const written = await page.getByTestId('written').innerText();
    await page.getByTestId('write-reset').click();
    await expect(page.getByTestId('token')).toHaveCount(prompt);
    return written;
  };
  const likeliest = await write();
  await choose({ temperature: '1.5', topK: '50', topP: '0.95', seed: '7' });
  await expect(page.getByTestId('sampling')).toContainText('1.5');
  const drawn = await write();
  expect(drawn).not.toBe(likeliest);
  expect(await write()).toBe(drawn);
  await choose({ seed: '8' });
  expect(await write()).not.toBe(drawn);
  // Of one token, whatever the temperature, the likeliest is drawn.
  await choose({ topK: '1' });
  expect(await write()).toBe(likeliest);
});

test('writing is stopped, and what is written stays', async ({ page }) => {
  const prompt = await open(page);
  await page.getByTestId('write-length').fill('400');
  await page.getByTestId('write-length').press('Enter');
  // The page itself looks for the second token: more may be there before a busy machine looks again.
  const stopped = page.waitForFunction((least) => {
    if (document.querySelectorAll('[data-testid="token"]').length < least) return false;
    document.querySelector<HTMLElement>('[data-testid="write-stop"]')?.click();
    return true;
  }, prompt + 2);
  await page.getByTestId('write').click();
  await stopped;
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
