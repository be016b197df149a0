/** Heads that are silenced, states that are patched, and what that does to the outputs. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { ready, sharedWindow, type } from './app.ts';

const { test } = sharedWindow();

/** KL in nats, as the effect shows it for the token that is looked at. */
async function divergence(page: Page): Promise<number> {
  await expect(page.getByTestId('output-changes')).not.toHaveClass(/late/);
  return Number((await page.getByTestId('kl').innerText()).split(' ')[0]);
}

/** The first prediction, with its share. */
async function best(page: Page): Promise<string> {
  await expect(page.getByTestId('predictions')).not.toHaveClass(/late/);
  return page.getByTestId('predictions').getByRole('listitem').first().innerText();
}

test('a silenced head changes the output; the original comes back', async ({ page }) => {
  await type(page, 'The captain looked at the');
  const before = await best(page);

  await page.locator('[data-head="0 2"]').hover();
  await page.keyboard.press('x');
  await expect(page.getByTestId('change')).toHaveText(['L0 H2 silenced']);
  await expect(page.locator('[data-head="0 2"]')).toHaveAttribute('aria-label', /^L0 H2, changed: off/);
  expect(await divergence(page)).toBeGreaterThan(0);
  const changes = page.getByTestId('output-changes').getByRole('listitem');
  await expect(changes.first()).toContainText(/“.*” (rose|fell) from .* % to .* %/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);

  // The changed run is on screen, the original one key away.
  await page.getByTestId('effect-switch').getByText('Predictions').click();
  await expect.poll(() => best(page)).not.toBe(before);
  await page.getByTestId('status').hover();
  await page.keyboard.press('o');
  await expect.poll(() => best(page)).toBe(before);
  await page.keyboard.press('o');

  // A new text is changed in the same way.
  await type(page, 'The captain looked at');
  await page.getByTestId('effect-switch').getByText('Effect').click();
  expect(await divergence(page)).toBeGreaterThan(0);
  await type(page, 'The captain looked at the');

  await page.keyboard.press('Alt+x');
  await expect(page.getByTestId('changes')).toHaveCount(0);
  await ready(page);
  await expect.poll(() => best(page)).toBe(before);

  // Arrows move the slider; letters are commands all the same.
  await page.getByTestId('head-factor').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByTestId('change')).toHaveText(['L0 H0 ×0.95']);
  await page.keyboard.press('x');
  await expect(page.getByTestId('change')).toHaveText(['L0 H0 silenced']);

  // One step after another is undone, and made again.
  await page.keyboard.press('ControlOrMeta+z');
  await expect(page.getByTestId('change')).toHaveText(['L0 H0 ×0.95']);
  await page.getByTestId('changes-undo').click();
  await expect(page.getByTestId('changes')).toHaveCount(0);
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await expect(page.getByTestId('change')).toHaveText(['L0 H0 silenced']);
  await expect(page.getByTestId('changes-redo')).toBeDisabled();
});

test('the states of another text make its predictions', async ({ page }) => {
  await page.keyboard.press('Alt+x');
  await expect(page.getByTestId('changes')).toHaveCount(0);
  await type(page, 'The captain looked at the');
  const source = await best(page);
  await page.keyboard.press('r');
  await expect(page.getByTestId('remembered')).toContainText('The captain looked at the');

  await type(page, 'He was on the ship');
  expect(await best(page)).not.toBe(source);
  const last = await page.getByTestId('state-layer').locator('option').last().getAttribute('value');
  await page.getByTestId('state-layer').selectOption(last ?? '');
  await page.getByTestId('state-patch').click();
  await expect(page.getByTestId('patch-card').getByRole('radio', { checked: true })).toHaveValue('4');
  await page.getByTestId('patch-one').click();
  await expect(page.getByTestId('change')).toHaveText([/“·ship” \(4\) patched at \d+/]);
  expect(await divergence(page)).toBeGreaterThan(0.1);
  // What the output layer reads there is the other text's: so are its predictions.
  await page.getByTestId('effect-switch').getByText('Predictions').click();
  await expect.poll(() => best(page)).toBe(source);

  await page.getByRole('button', { name: 'Forget the remembered run' }).click();
  await expect(page.getByTestId('remembered')).toHaveCount(0);
  await page.getByRole('button', { name: /^Take out/ }).click();
  await expect(page.getByTestId('changes')).toHaveCount(0);
});
