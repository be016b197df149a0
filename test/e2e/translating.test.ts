/** An encoder-decoder translates: its beams, a token of the user's choice, and changes of its cross-attention. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { ready, sharedWindow, type } from './app.ts';

const { test } = sharedWindow({ model: 'headgate-en-es-transformer' });

const output = (page: Page) => page.getByTestId('written');

async function open(page: Page): Promise<void> {
  await type(page, 'The man.');
  await type(page, 'The old man gave the red book to his daughter.');
  await expect(output(page)).toHaveText(/El hombre viejo dio el libro rojo a su hija\./);
}

/** Tokens that are lit: those of the output on the strip, those of the source in the text. */
async function lit(page: Page): Promise<{ output: string[]; source: string[] }> {
  const names = (chips: Element[]) =>
    chips.map((chip) => (chip.textContent ?? '').replace(/\d+$/, '').replaceAll('·', '').trim());
  const states = ['hovered', 'locked', 'key'];
  const find = (part: string) =>
    page.locator(states.map((state) => `${part}.${state}`).join(', ')).evaluateAll(names);
  return {
    output: await find('[data-testid="token"]'),
    source: await find('[data-token]'),
  };
}

test('a token of the output lights no word of the source, and the other way round', async ({ page }) => {
  await open(page);
  await page.getByTestId('token').nth(2).click();
  await page.getByTestId('status').hover();
  expect(await lit(page)).toEqual({ output: ['hombre'], source: [] });
  await expect(page.getByTestId('inspector-token')).toContainText('Token 2');
  await page.keyboard.press('Escape');

  // “man”, the third word of the text.
  const word = page.locator('[data-token="2"]');
  const { x, y, width, height } = (await word.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(x + width / 2, y + height / 2);
  expect(await lit(page)).toEqual({ output: [], source: ['man'] });
  await expect(page.getByTestId('inspector-token')).toContainText('Source token 2');
  await expect(page.getByTestId('inspector-token-text')).toHaveText(/man$/);
  await expect(page.getByTestId('predictions')).toHaveCount(0);

  // A cell of the cross-attention is one of each.
  const plot = page.getByRole('application', { name: /^Pattern of/ });
  const box = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + 3, box.y + 3);
  await expect.poll(() => lit(page)).toEqual({ output: [expect.any(String)], source: ['The'] });
});

test('translating grows under the cross-attention, and the beams are there to see', async ({ page }) => {
  await open(page);
  const cross = page.getByRole('tab', { name: 'Cross' }).first();
  await expect(cross).toHaveAttribute('aria-selected', 'true');
  await page.getByTestId('beams').selectOption('4');
  await ready(page);
  const count = await page.getByTestId('token').count();
  await page.getByTestId('beams-show').click();
  const nodes = page.getByTestId('beam-node');
  await expect.poll(() => nodes.count()).toBeGreaterThan(count);
  await expect(page.getByTestId('beams-text')).toHaveText('El hombre viejo dio el libro rojo a su hija.');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);

  // A chosen node is the token of the strip; keys take what is locked along the hypothesis.
  await nodes.first().click();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('token').nth(2)).toHaveAttribute('aria-selected', 'true');

  // Written again before the user's eyes, the search stays.
  await page.getByTestId('write').click();
  await expect.poll(() => page.getByTestId('token').count()).toBeLessThan(count);
  await expect(page.getByTestId('token')).toHaveCount(count);
  await ready(page);
  expect(await nodes.count()).toBeGreaterThan(count);

  // On from a hypothesis that was given up, and back.
  await page.locator('[data-testid="beam-node"].dropped').first().click();
  const begun = (await page.getByTestId('beams-text').innerText()).trim();
  await page.getByTestId('beams-go-on').click();
  await expect(output(page)).toContainText(begun);
  await expect(output(page)).not.toContainText('El hombre viejo dio el libro');
  await page.getByTestId('beams-reset').click();
  await expect(output(page)).toContainText('El hombre viejo dio el libro rojo');
});

test('a word of the user’s choice, and on from there', async ({ page }) => {
  await open(page);
  await page.getByTestId('token').nth(5).click();
  await page.getByTestId('force-text').fill('caballo');
  await page.keyboard.press('Enter');
  await expect(output(page)).toContainText(/El hombre viejo dio el caballo/);
  await ready(page);
});

test('a changed head of the cross-attention changes what is written', async ({ page }) => {
  await open(page);
  for (const head of [0, 1, 2, 3]) {
    await page.locator(`[data-head="2 ${head}"]`).hover();
    await page.keyboard.press('x');
    await expect(page.getByTestId('change')).toHaveCount(head + 1);
    // What its run changes takes room from the heads: they move.
    await ready(page);
  }
  await expect(page.getByTestId('change').first()).toHaveText('cross L2 H0 silenced');
  await expect(page.getByTestId('output-changes')).not.toHaveClass(/late/);
  await page.getByTestId('write').click();
  await expect(page.getByTestId('write-stop')).toHaveCount(0);
  await ready(page);
  await expect(output(page)).not.toContainText('El hombre viejo dio el libro rojo a su hija.');
  // The last run can be compared: both have the tokens that were written.
  await expect(page.getByTestId('compare').getByRole('button', { name: 'Changed' })).toBeEnabled();
  await page.getByTestId('changes-clear').click();
  await expect(page.getByTestId('changes')).toHaveCount(0);
});
