/** Translators at work: the attention decoder played by keyboard, the vector between two sentences, and a race of three. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { readSafetensors } from '../helpers/safetensors.ts';
import { presentedFaults } from './presented.ts';
import { command, headgate, ready, show, startHost, temporaryFolder } from './app.ts';

const TEXT = 'The old captain sees the white house.';
const MODELS = ['headgate-en-es-lstm', 'headgate-en-es-lstm-attention', 'headgate-en-es-transformer'];

test('an attention decoder is played through a sentence by keyboard alone, and nothing leaves the screen', async ({
  page,
}) => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'run.safetensors');
  const { status } = await headgate('capture', MODELS[1] ?? '', '--text', TEXT, '--out', file);
  expect(status).toBe(0);
  const weights = readSafetensors(readFileSync(file)).tensors.get('attention.weights');
  const [steps = 0, sources = 0] = weights?.shape ?? [];

  await page.setViewportSize({ width: 1280, height: 720 });
  const host = await startHost({ model: MODELS[1] ?? '' });
  await page.goto(host.address);
  await ready(page);
  await page.getByTestId('text-input').fill(TEXT);
  await ready(page);
  await show(page, 'Attention decoder');
  const picture = page.getByTestId('alignment-picture');
  await expect(picture).toBeVisible();
  const label = page.getByTestId('alignment-step');
  // Back to the first phase of the first step; then through all phases of all steps.
  await page.getByTestId('token').nth(0).click();
  await page.getByTestId('panes').getByRole('button', { name: 'States' }).click();
  const backward = await page.getByRole('button', { name: 'Word after' }).boundingBox();
  for (let step = 0; step < steps; step++) {
    await expect(label).toContainText(`step ${step}`);
    await page.keyboard.press('.');
    await page.keyboard.press('.');
    // Softmax: the largest weight of the step is the capture's.
    const row = [...(weights?.data.slice(step * sources, (step + 1) * sources) ?? [])];
    const largest = Math.max(...row);
    const shown = await page
      .getByTestId('alignment-weight')
      .evaluateAll((inputs) =>
        Math.max(
          ...inputs.map((input) =>
            Number(
              (input as HTMLInputElement).getAttribute('aria-valuenow') ?? (input as HTMLInputElement).value,
            ),
          ),
        ),
      );
    expect(Math.abs(shown - largest)).toBeLessThanOrEqual(0.0051);
    for (let phase = 0; phase < 4; phase++) await page.keyboard.press('.');
  }
  await expect(page.getByRole('button', { name: 'Word after' })).toBeDisabled();
  // The buttons stay where they are, and the picture fits its pane.
  expect(await page.getByRole('button', { name: 'Word after' }).boundingBox()).toEqual(backward);
  const fits = () =>
    picture.evaluate((svg) => {
      const room = svg.parentElement?.getBoundingClientRect();
      const parts = [
        ...svg.querySelectorAll('text, rect, image'),
        ...(svg.parentElement?.querySelectorAll('input') ?? []),
      ];
      const beyond = parts
        .map((part) => part.getBoundingClientRect())
        .filter(
          ({ bottom, right }) => room === undefined || bottom > room.bottom + 2 || right > room.right + 2,
        );
      return beyond.length === 0 && parts.length > 30;
    });
  expect(await fits()).toBe(true);
  await page.setViewportSize({ width: 640, height: 400 });
  await expect.poll(fits).toBe(true);
  await host.close();
});

test('three translators: the vector between two sentences, its certainty, and a race on one clock', async ({
  page,
}) => {
  const host = await startHost({ models: MODELS });
  await page.goto(host.address);
  await ready(page);
  await page.getByTestId('text-input').fill(TEXT);
  await ready(page);

  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+1');
  await show(page, 'Bottleneck');
  const bottleneck = page.getByTestId('bottleneck-picture');
  await expect(bottleneck).toContainText('512 numbers');
  await page.getByTestId('bottleneck-reference').fill('El capitán viejo ve el perro blanco.');
  await expect(bottleneck).toContainText(/not as in the reference/);
  await page.getByTestId('bottleneck-force').check();
  await ready(page);
  await expect(bottleneck).toContainText('perro');
  await expect(bottleneck).toContainText('as the reference');
  await page.getByTestId('bottleneck-force').uncheck();
  await ready(page);
  await expect(bottleneck).toContainText('BLEU by length of the sentence');

  await show(page, 'Race');
  const race = page.getByTestId('race-picture');
  for (const model of MODELS) await expect(race).toContainText(model);
  const done = race.getByText(/\d+ steps, (done in )?\d/);
  await expect(done).toHaveCount(3);
  await page.getByTestId('race-clock').fill('0');
  await expect(race.getByText(/^0 of \d+ steps$/)).toHaveCount(3);
  await page.keyboard.press('Escape');
  await page.getByTestId('race-play').click();
  await expect(done).toHaveCount(3, { timeout: 60_000 });

  // A word that is pointed at is told, with its time; a click keeps it.
  await race.locator('[data-mark^="word-B-"] text').first().click();
  const told = page.getByTestId('race-hint');
  await page.mouse.move(0, 0);
  await expect(told).toContainText(/^B: “\S+” after \d+ of \d+ steps, .* looks most at “/);
  await race.locator('[data-mark^="word-B-"] text').first().click();
  await page.mouse.move(0, 0);
  await expect(told).toContainText('own time on this GPU');

  // At 200 % all of it is there without scrolling, and in a room no words are small.
  await page.keyboard.press('Alt+Enter');
  const isWhole = (picture: typeof race) =>
    picture.evaluate(({ parentElement: room }) => room !== null && room.scrollHeight <= room.clientHeight);
  const smallest = (picture: typeof race) =>
    picture.evaluate((svg) =>
      Math.min(
        ...[...svg.querySelectorAll('text')].map(
          (text) => parseFloat(getComputedStyle(text).fontSize) * (text.getScreenCTM()?.a ?? NaN),
        ),
      ),
    );
  for (const [view, picture] of [
    ['Race', race],
    ['Bottleneck', bottleneck],
  ] as const) {
    await page.setViewportSize({ width: 640, height: 400 });
    await show(page, view);
    await expect.poll(() => isWhole(picture)).toBe(true);
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.keyboard.press('F5');
    await expect.poll(() => smallest(picture)).toBeGreaterThan(23.99);
    expect(await isWhole(picture)).toBe(true);
    await page.keyboard.press('Escape');
    await ready(page);
  }

  // Beside another pane on a small projector nothing of the seven views is small, cut off or over another.
  await command(page, 'Reset layout');
  await page.keyboard.press('Alt+W');
  await expect(page.getByTestId('pane')).toHaveCount(2);
  await page.keyboard.press('Alt+C');
  await ready(page);
  await page.setViewportSize({ width: 1280, height: 720 });
  const views = ['Cell', 'Gates', 'States', 'Memory', 'Attention decoder', 'Bottleneck', 'Race'];
  for (const view of views) {
    await show(page, view);
    await page.keyboard.press('F5');
    await ready(page);
    const active = page.locator('[data-testid="pane"][data-active="true"]');
    await expect(active.locator('.picture svg, .picture canvas').first()).toBeVisible();
    await expect(page.getByTestId('pane').filter({ visible: true })).toHaveCount(2);
    await expect.poll(() => presentedFaults(page), { message: view }).toEqual([]);
    await page.keyboard.press('Escape');
    await ready(page);
  }
  await host.close();
});
