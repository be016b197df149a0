/** What becomes of a text on its way to the model: cut where it is too long, written as a chat, stopped in time. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { fixtures, ready, startHost, temporaryFolder } from './app.ts';

/** 97 words, 41 positions. */
const small = join(fixtures, 'odd-sizes');

/** A window on a copy of the small model with other tokenizer files. */
async function withModel(
  page: Page,
  files: Record<string, string>,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  cpSync(small, folder.path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  const host = await startHost({ model: folder.path });
  try {
    await page.goto(host.address);
    await expect(page.getByTestId('text-input')).toBeEnabled();
    await use(page);
  } finally {
    await host.close();
  }
}

test('a text that is too long is cut at a token, from the keyboard', async ({ page }) => {
  await withModel(page, {}, async () => {
    await ready(page);
    const field = page.getByTestId('text-input');
    await field.fill(Array.from({ length: 60 }, () => 'the ship').join(' '));
    await expect(page.getByTestId('text-action')).toHaveText('Cut to 41 tokens');
    await expect(page.getByTestId('notice-message')).toContainText(/\d+ tokens; this model takes 41 at most/);
    await field.focus();
    // The grown field covers neither the notice nor its button.
    await expect
      .poll(async () => {
        const [text, notice] = await Promise.all([
          page.locator('.box.focused').boundingBox(),
          page.getByTestId('notice').boundingBox(),
        ]);
        return text !== null && notice !== null && notice.y >= text.y + text.height - 1;
      })
      .toBe(true);
    // In a low window, such as one at 200 %, both buttons can still be pressed.
    await page.setViewportSize({ width: 640, height: 400 });
    for (const button of [page.getByTestId('text-action'), page.getByTestId('notice-action')])
      await expect.poll(() => button.evaluate(isUncovered)).toBe(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    // Past what else is in the field, to the button.
    for (let i = 0; i < 3 && !(await page.getByTestId('text-action').evaluate(isFocused)); i++)
      await page.keyboard.press('Tab');
    await expect(page.getByTestId('text-action')).toBeFocused();
    await page.keyboard.press('Enter');
    await ready(page);
    await expect(page.getByTestId('token')).toHaveCount(41);
    await expect(page.getByTestId('notice')).toHaveCount(0);
    expect((await field.inputValue()).startsWith('the ship the ship')).toBe(true);
    await expect(field).toBeFocused();
  });
});

function isFocused(element: Element): boolean {
  return element === document.activeElement;
}

/** What is at its middle is the element itself. */
function isUncovered(element: Element): boolean {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}

test('a chat message is written as the template writes it, and the window remembers', async ({ page }) => {
  const config = {
    chat_template: '{% for m in messages %}the man said {{ m.content | trim }}{% endfor %} and he',
  };
  await withModel(page, { 'tokenizer_config.json': JSON.stringify(config) }, async () => {
    await ready(page);
    await page.getByTestId('text-input').fill('the sea');
    await expect(page.getByTestId('token')).toHaveCount(2);
    const toggle = page.getByTestId('chat-toggle');
    await toggle.click();
    await expect(toggle).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByTestId('token')).toHaveCount(7);
    await ready(page);
    await expect(page.getByTestId('text-input')).toHaveValue('the sea');
    // Kept with the settings, a moment later.
    await page.waitForTimeout(800);
    await page.reload();
    await ready(page);
    await expect(toggle).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByTestId('text-input')).toHaveValue('the sea');
    await expect(page.getByTestId('token')).toHaveCount(7);
  });
});

test('a tokenizer whose rule never ends is stopped with one sentence, and the window lives on', async ({
  page,
}) => {
  const tokenizer = JSON.parse(readFileSync(join(small, 'tokenizer.json'), 'utf8')) as object;
  const split = { type: 'Split', pattern: { Regex: '(a+)+$| ' }, behavior: 'Removed', invert: false };
  const hostile = JSON.stringify({ ...tokenizer, pre_tokenizer: split });
  await withModel(page, { 'tokenizer.json': hostile }, async () => {
    await ready(page);
    await page.getByTestId('text-input').fill(`${'a'.repeat(60)}!`);
    await expect(page.getByTestId('notice')).toHaveAttribute('data-code', 'tokenizer-timeout');
    await page.getByTestId('text-input').fill('the sea');
    await ready(page);
    await expect(page.getByTestId('token')).toHaveCount(2);
    await expect(page.getByTestId('notice')).toHaveCount(0);
  });
});
