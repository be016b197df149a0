/** A window that goes from model to model and back: nothing of a closed model is used again, and its memory is given back. */
import { expect, test, type Page } from '@playwright/test';
import { ready, startHost, switchTo } from './app.ts';

/** Kilobytes of GPU memory as the status line tells them. */
async function held(page: Page): Promise<number> {
  const text = await page.getByTestId('gpu-memory').innerText();
  const [, number = '', unit = ''] = /([\d.,]+) ([kMG]?B)/.exec(text) ?? [];
  return Number(number.replace(',', '')) * ({ kB: 1, MB: 1e3, GB: 1e6 }[unit] ?? NaN);
}

test('24 switches between word vectors and a recurrent model', async ({ page }) => {
  const host = await startHost({ model: 'headgate-word-vectors' });
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' || /WebGPU|destroyed/.test(message.text())) faults.push(message.text());
  });
  await page.goto(host.address);
  await ready(page);
  await expect.poll(() => held(page)).toBeGreaterThan(8000);
  const to = (model: string) => switchTo(page, model);
  // A short text, so that it is the switching that takes time.
  await to('headgate-char-rnn');
  await page.getByTestId('text-input').fill('The captain');
  await ready(page);
  await to('headgate-word-vectors');
  await ready(page);
  const words = await held(page);
  for (let i = 0; i < 11; i++) {
    await to('headgate-char-rnn');
    // Now and then while the views still compute, now and then when everything is there.
    if (i % 4 === 1) await ready(page);
    await to('headgate-word-vectors');
    if (i % 5 === 2) await ready(page);
  }
  await ready(page);
  // What runs leave for the next ones may be there, but no second table of 8 MB.
  const after = await held(page);
  expect(after).toBeLessThanOrEqual(words + 6000);
  await to('headgate-char-rnn');
  await ready(page);
  // The table is given back: beside it, the model would be above what was held with the table alone.
  await expect.poll(() => held(page)).toBeLessThan(after);
  await expect(page.getByTestId('notice')).toHaveCount(0);
  await expect(page.getByTestId('view-error')).toHaveCount(0);
  expect(faults).toEqual([]);
  await host.close();
});
