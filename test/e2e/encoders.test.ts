/** Masked language models and sentence embeddings: masks and their candidates, pairs, similarity. */
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { ready, sharedWindow, type } from './app.ts';

const { test } = sharedWindow({ model: 'headgate-bert' });

test('a masked word: its candidates, one of them in its place, another word masked by key', async ({
  page,
}) => {
  await type(page, 'The white [MASK] was seen again in the morning.');
  const inspector = page.getByTestId('inspector');
  await expect(inspector).toContainText('Candidates for the mask');
  await expect(page.getByTestId('predictions')).not.toHaveClass(/late/);
  const best = page.getByTestId('predictions').getByRole('button').first();
  await expect(best).toHaveAccessibleName('Put “whale” here');
  // What stands in docs of the model: 61 %.
  await expect(best).toContainText(/6\d\.\d %/);

  await best.click();
  await expect(page.getByTestId('text-input')).toHaveValue('The white whale was seen again in the morning.');
  await ready(page);
  await expect(inspector).not.toContainText('Candidates for the mask');

  await page.getByTestId('token').nth(9).click();
  await expect(page.getByTestId('mask')).toContainText('Mask “morning”');
  await page.keyboard.press('Alt+m');
  await expect(page.getByTestId('text-input')).toHaveValue('The white whale was seen again in the [MASK].');
  await expect(page.getByTestId('inspector-token-text')).toHaveText('[MASK]');
});

test('a silenced head and a patched state change what stands behind the mask', async ({ page }) => {
  await type(page, 'The white [MASK] was seen again in the morning.');
  const best = page.getByTestId('predictions').getByRole('button').first();
  const shown = async () => {
    await expect(page.getByTestId('predictions')).not.toHaveClass(/late/);
    return best.innerText();
  };
  const before = await shown();
  await page.keyboard.press('Escape');
  await page.locator('[data-head="1 2"]').hover();
  await page.keyboard.press('x');
  await expect(page.getByTestId('change')).toHaveText(['L1 H2 silenced']);
  await ready(page);
  await page.getByTestId('effect-switch').getByText('Effect').click();
  await expect(page.getByTestId('output-changes')).not.toHaveClass(/late/);
  expect(Number((await page.getByTestId('kl').innerText()).split(' ')[0])).toBeGreaterThan(0);
  await page.getByTestId('effect-switch').getByText('Predictions').click();
  await expect.poll(shown).not.toBe(before);
  await page.keyboard.press('Alt+x');
  await ready(page);
  await expect.poll(shown).toBe(before);

  // The mask's state of another text, at the last layer, brings that text's candidates.
  await page.keyboard.press('r');
  await expect(page.getByTestId('remembered')).toContainText('“The white [MASK] wa…the morning.”');
  await page.getByTestId('text-input').fill('The old [MASK] said that he was ready to go.');
  await expect(page.getByTestId('change')).toHaveCount(0);
  await ready(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('token').nth(3).click();
  await expect.poll(shown).not.toBe(before);
  const last = await page.getByTestId('state-layer').locator('option').last().getAttribute('value');
  await page.getByTestId('state-layer').selectOption(last ?? '');
  await page.getByTestId('state-patch').click();
  await page.getByTestId('patch-card').getByRole('button', { name: 'Patch token 3' }).click();
  await expect(page.getByTestId('change')).toHaveCount(1);
  await ready(page);
  await page.getByTestId('effect-switch').getByText('Predictions').click();
  await expect.poll(shown).toBe(before);
  await page.keyboard.press('Alt+x');
  await expect(page.getByTestId('change')).toHaveCount(0);
});

test('masked positions come first in the table of predictions', async ({ page }) => {
  await type(page, 'The captain and the [MASK] were at sea.');
  await page.getByTestId('view-list').getByText('Outputs').click();
  const rows = page.getByTestId('predictions-table').getByRole('row');
  await expect(rows.first()).toContainText('[MASK]');
  await expect(rows.nth(1)).toContainText('[CLS]');
  await expect(rows.first().getByRole('gridcell').nth(2)).toContainText('%');
});

test('a pair is read together, with its token types', async ({ page }) => {
  await type(page, 'The ship sailed.');
  const alone = await page.getByTestId('token').count();
  await page.getByTestId('pair-text').fill('It was a [MASK] ship.');
  await expect(page.getByTestId('token')).toHaveCount(alone + 7);
  await ready(page);
  await expect(page.getByTestId('inspector')).toContainText('of the second text');
  const best = page.getByTestId('predictions').getByRole('button').first();
  await expect(best).toBeVisible();
  await best.click();
  await expect(page.getByTestId('pair-text')).not.toHaveValue(/MASK/);
  await expect(page.getByTestId('text-input')).toHaveValue('The ship sailed.');
  await page.getByTestId('pair-text-clear').click();
  await expect(page.getByTestId('token')).toHaveCount(alone);
});

test('two texts are compared by their embeddings', async ({ page }) => {
  await type(page, 'The ship sailed in the morning.');
  await page.getByTestId('second-text-use').getByRole('button', { name: 'Compare' }).press('Enter');
  await page.getByTestId('compared-text').fill('The ship sailed in the morning.');
  await expect(page.getByTestId('cosine')).toHaveText('1.000');
  await page.getByTestId('compared-text').fill('The taxes of the Congress.');
  await expect(page.getByTestId('cosine')).toHaveText(/^0\.\d{3}$/);
  // The tokens are still those of the first text alone.
  await expect(page.getByTestId('token-strip')).not.toContainText('taxes');
  // Off every button: tooltips come and go.
  await page.getByTestId('status').hover();
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  await page.getByTestId('compared-text-clear').click();
  await expect(page.getByTestId('similarity')).toHaveCount(0);
});
