/** The tensors of models: of one that runs, and what moved between two. */
import { expect, test } from '@playwright/test';
import { command, headgate, ready, startHost } from './app.ts';

test('statistics of a tensor are those that the shell prints, and two models are compared', async ({
  page,
}) => {
  const names = ['headgate-char-rnn', 'headgate-char-gru'];
  const { stdout } = await headgate('tensors', names[0] ?? '', '--stats', '--json');
  const { tensors } = JSON.parse(stdout) as {
    tensors: { name: string; count: number; zeros: number; mean: number }[];
  };
  const wanted = tensors.find(({ name }) => name.endsWith('weight_hh_l0'));
  const host = await startHost({ models: names });
  await page.goto(host.address);
  await ready(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+1');
  await command(page, 'Tensors of the model');
  const dialog = page.getByTestId('tensors-dialog');
  await dialog.getByTestId('tensor-filter').fill('weight_hh_l0');
  await dialog.getByTestId('tensor').first().click();
  const statistic = (name: string) =>
    dialog.locator(`[data-testid="tensor-statistics"] [data-name="${name}"]`);
  await expect(statistic('values')).toHaveText((wanted?.count ?? 0).toLocaleString('en-US'));
  await expect(statistic('zeros')).toHaveText((wanted?.zeros ?? 0).toLocaleString('en-US'));
  expect(Number((await statistic('mean').innerText()).replace('−', '-'))).toBeCloseTo(wanted?.mean ?? NaN, 4);
  await expect(dialog.getByTestId('tensor-histogram')).toBeVisible();
  await expect(dialog.getByTestId('tensor-slice-drawing')).toBeVisible();
  await page.screenshot({ path: 'test-results/tensors.png' });
  await dialog.getByTestId('tensors-other').selectOption({ index: 1 });
  await expect(dialog.getByTestId('tensors-moved')).toContainText(/differ/);
  await page.keyboard.press('Escape');
  await host.close();
});
