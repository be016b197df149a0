/** A text of 100,000 characters: pasted, edited by parts, run, with the window alive all the time. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { ready, root, startHost, temporaryFolder } from './app.ts';

const LENGTH = 100_000;
/** Milliseconds of a task that nobody would mistake for a busy machine; what is aimed at is 100. */
const FROZEN = 1500;

test('a text of 100,000 characters is pasted, shown by parts, edited and undone', async ({
  page,
  context,
}) => {
  using folder = temporaryFolder();
  const fixture = join(root, 'test/fixtures/recurrent/lstm');
  cpSync(join(fixture, 'model.safetensors'), join(folder.path, 'model.safetensors'));
  const config = JSON.parse(readFileSync(join(fixture, 'config.json'), 'utf8')) as object;
  const tokenizer = { kind: 'characters', characters: '?abcdefghijklmnop .', unknown: '?' };
  writeFileSync(join(folder.path, 'config.json'), JSON.stringify({ ...config, tokenizer }));
  const host = await startHost({ model: folder.path });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(host.address);
  await ready(page);
  const tasks = await longTasks(page);

  const text = 'a long face in a dim glade. '.repeat(LENGTH / 20).slice(0, LENGTH);
  await page.evaluate((long) => navigator.clipboard.writeText(long), text);
  const field = page.getByTestId('text-input');
  const part = page.getByTestId('text-part');
  await field.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+v');
  await expect(page.getByTestId('token-count')).toContainText('100,000');
  // The cursor is behind what was pasted.
  await expect(part).toContainText('to 100,000 of 100,000');
  expect((await field.inputValue()).length).toBeLessThan(12_000);
  await expect(page.getByTestId('status-tokens')).toHaveText('100,000 tokens');

  // What is typed stands in the text where the cursor is, and its tokens are drawn there.
  await page.keyboard.press('ControlOrMeta+Home');
  await expect(part).toContainText('Characters 1 to');
  await page.keyboard.type('bad ');
  await expect(page.getByTestId('token-count')).toContainText('100,004');
  await expect(page.locator('.piece').first()).toHaveText('b');
  // The cursor takes the part along.
  for (let i = 0; i < 40; i++) await page.keyboard.press('PageDown');
  await expect(part).not.toContainText('Characters 1 to');
  await expect
    .poll(() => field.evaluate((element) => (element as HTMLTextAreaElement).selectionStart))
    .toBeGreaterThan(300);

  // All of the text is copied, and one key takes back what one key did.
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+c');
  expect((await page.evaluate(() => navigator.clipboard.readText())).length).toBe(LENGTH + 4);
  // It stays selected where one scrolls on to other parts.
  const shown = await part.textContent();
  await field.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(part).not.toHaveText(shown ?? '');
  // What is selected in part keeps its part at the edge; without it, the part moves on.
  await selectAndScroll(field, 0, 10);
  const kept = (await part.textContent()) ?? '';
  await selectAndScroll(field, 1000, 1000);
  await expect(part).not.toHaveText(kept);
  await field.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await expect(field).toHaveValue('');
  await page.keyboard.press('ControlOrMeta+z');
  await expect(page.getByTestId('token-count')).toContainText('100,004');
  await page.keyboard.press('ControlOrMeta+z');
  await expect(page.getByTestId('token-count')).toContainText('100,000');
  await ready(page);

  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  expect(usedSize).toBeLessThan(500e6);
  const longest = await tasks();
  console.log(`heap ${Math.round(usedSize / 1e6)} MB, longest tasks ${longest.slice(0, 5).join(', ')} ms`);
  expect(longest[0] ?? 0).toBeLessThan(FROZEN);
  await host.close();
});

/** Selects characters [start, end) of what the field holds, at its lower edge. */
async function selectAndScroll(field: Locator, start: number, end: number): Promise<void> {
  await field.evaluate(
    (element, range) => {
      (element as HTMLTextAreaElement).setSelectionRange(...range);
      element.scrollTo(0, element.scrollHeight);
    },
    [start, end] as const,
  );
}

/** Watches the main thread. @returns its tasks over 50 ms, longest first, ms */
async function longTasks(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const found: number[] = [];
    Object.assign(window, { longTasks: found });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) found.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  });
  return () =>
    page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks.sort((a, b) => b - a));
}
