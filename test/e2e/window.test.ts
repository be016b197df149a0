/** What a user does in the window: the real app through the loopback host, in real Chromium. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { dropFolder, fixtures, ready, sharedWindow, temporaryFolder, type } from './app.ts';

/** A folder that Transformers saved, small and of odd sizes. */
const small = join(fixtures, 'odd-sizes');

const { test, address, closeHost } = sharedWindow();

/** True when the canvas shows more than one colour. */
async function isDrawn(page: Page, selector: string): Promise<boolean> {
  const shot = await page.locator(selector).first().screenshot();
  return page.evaluate(
    async (bytes) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0);
      const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [] };
      const colours = new Set<number>();
      for (let i = 0; i < data.length; i += 4)
        colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
      return colours.size > 8;
    },
    [...shot],
  );
}

test('the bundled model has run its example: grid, head and trajectory are on screen', async ({ page }) => {
  await expect(page.getByTestId('model-name')).toHaveText('headgate-gpt');
  await expect(page.getByTestId('pane')).toHaveCount(3);
  expect(await page.getByTestId('token').count()).toBeGreaterThan(5);
  await expect(page.getByTestId('adapter')).toContainText('SwiftShader');
  const canvases = page.locator('[data-testid="pane"] canvas');
  expect(await canvases.count()).toBeGreaterThanOrEqual(3);
  for (let i = 0; i < (await page.getByTestId('pane').count()); i++)
    await expect.poll(() => isDrawn(page, `[data-testid="pane"] >> nth=${i} >> canvas`)).toBe(true);
});

/** The text that the tokens of the run stand for. */
async function runText(page: Page): Promise<string> {
  const labels = await page
    .getByTestId('token')
    .evaluateAll((chips) => chips.map((chip) => chip.getAttribute('aria-label') ?? ''));
  return labels.map((label) => label.replace(/^Token \d+: /, '')).join('');
}

test('typing runs again, live, and the views follow', async ({ page }) => {
  await page.getByTestId('text-input').fill('Call me Ishmael.');
  await expect.poll(() => runText(page)).toBe('Call me Ishmael.');
  await ready(page);
  const typed = await page.getByTestId('token').count();
  await page.getByTestId('text-input').pressSequentially(' Some years ago');
  await expect.poll(() => runText(page)).toBe('Call me Ishmael. Some years ago');
  await ready(page);
  expect(await page.getByTestId('token').count()).toBeGreaterThan(typed);
  await expect(page.getByTestId('predictions')).toBeVisible();
});

test('hovering links the views, a click locks, Escape lets go', async ({ page }) => {
  await type(page, 'Call me Ishmael. Some years ago');
  const token = page.getByTestId('token').nth(3);
  const text = ((await token.textContent()) ?? '').replace(/\d+$/, '').trim();
  await token.hover();
  await expect(page.getByTestId('inspector-token-text')).toContainText(text);
  await token.click();
  await page.getByTestId('status').hover();
  await expect(token).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByTestId('inspector-token-text')).toContainText(text);

  // Arrows move what is locked: nothing jumps back when the strip is left.
  await token.focus();
  await page.keyboard.press('ArrowRight');
  const next = page.getByTestId('token').nth(4);
  await expect(next).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByTestId('inspector-token')).toContainText('Token 4');
  await page.getByTestId('status').click();
  await expect(next).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByTestId('inspector-token')).toContainText('Token 4');
  await page.keyboard.press('ArrowLeft');
  await expect(token).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByTestId('inspector-token')).toContainText('Token 3');

  await page.keyboard.press('Escape');
  await expect(token).toHaveAttribute('aria-selected', 'false');
});

const missing = 'transformer.h.1.mlp.c_fc.bias';

/** Folders that are broken, and what is said of each. */
const broken: Record<string, { spoil: (folder: string) => void; says: RegExp }> = {
  'missing tensor': {
    spoil: (folder) => renameTensor(join(folder, 'model.safetensors'), missing),
    says: /h\.1\.mlp\.c_fc\.bias/,
  },
  'unknown model_type': {
    spoil: (folder) => writeFileSync(join(folder, 'config.json'), '{"model_type": "abacus"}'),
    says: /abacus/,
  },
  'broken tokenizer': {
    spoil: (folder) => writeFileSync(join(folder, 'tokenizer.json'), '{"model": 12}'),
    says: /tokenizer\.json/,
  },
  'truncated weights': {
    spoil: (folder) => {
      const path = join(folder, 'model.safetensors');
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.subarray(0, bytes.length - 64));
    },
    says: /model\.safetensors/,
  },
  'shard outside the folder': {
    spoil: (folder) => {
      rmSync(join(folder, 'model.safetensors'));
      const map = { 'transformer.wte.weight': '../model.safetensors' };
      writeFileSync(
        join(folder, 'model.safetensors.index.json'),
        JSON.stringify({ metadata: {}, weight_map: map }),
      );
    },
    says: /\.\.\/model\.safetensors/,
  },
};
test('a folder that is broken gives one clear error, and the app stays usable', async ({ page }) => {
  for (const [name, { spoil, says }] of Object.entries(broken)) {
    using copy = temporaryFolder();
    cpSync(small, copy.path, { recursive: true });
    spoil(copy.path);
    await dropFolder(page, copy.path);
    // What could be read is listed in the place of the former model, with the way back; else one notice says it.
    const listed = page.getByTestId('cant-run-message');
    await expect(page.getByTestId('notice-message').or(listed), name).toHaveText(says);
    const isListed = (await listed.count()) > 0;
    if (isListed) await page.getByTestId('cant-run-back').click();
    else await expect(page.getByTestId('notice')).toHaveCount(1);
    const text = `Still here after: ${name}`;
    await type(page, text);
    await expect.poll(() => runText(page)).toBe(text);
    await expect(page.getByTestId('model-name')).toHaveText('headgate-gpt');
    if (!isListed) await page.getByTestId('notice-dismiss').click();
  }
});

/** Gives a tensor another name of the same length, so that only that rule is broken. */
function renameTensor(path: string, name: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(name);
  expect(at).toBeGreaterThan(0);
  bytes.write('x', at);
  writeFileSync(path, bytes);
}

test('F6 goes through every part of the window', async ({ page }) => {
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('F6');
    seen.add(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''));
  }
  const parts = ['Model and text', 'Writing', 'Library and views', 'Inspector', 'Token strip', 'Status'];
  expect([...seen]).toEqual(expect.arrayContaining(parts));
  const panes = await page
    .getByTestId('pane')
    .evaluateAll((list) => list.map((pane) => pane.getAttribute('aria-label') ?? ''));
  expect([...seen].sort()).toEqual([...parts, ...panes].sort());
  await page.keyboard.press('Shift+F6');
  await page.getByTestId('text-input').focus();
  await page.keyboard.press('F6');
  await expect(page.getByTestId('writing')).toBeFocused();
});

test('nothing is cut off and axe finds nothing, dark and light, small, large and at 200 %', async ({
  page,
}) => {
  for (const colorScheme of ['dark', 'light'] as const)
    for (const [width, height] of [
      [1920, 1080],
      [640, 400],
      [1280, 800],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await ready(page);
      const overflow = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth - innerWidth,
        height: document.documentElement.scrollHeight - innerHeight,
      }));
      expect(overflow, `${colorScheme}, ${width}×${height}`).toEqual({ width: 0, height: 0 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      // Without room beside the panes, the panels lie over them while they are wanted.
      const isNarrow = width < 860;
      expect((await page.locator('main').boundingBox())?.width).toBe(isNarrow ? width : width - 204 - 256);
      await expect(page.getByTestId('rail')).toHaveCount(isNarrow ? 0 : 1);
      if (!isNarrow) continue;
      await page.getByTestId('toggle-rail').click();
      await expect(page.getByTestId('rail')).toBeVisible();
      expect((await page.locator('main').boundingBox())?.width).toBe(width);
      await page.locator('main').click({ position: { x: width - 30, y: 60 } });
      await expect(page.getByTestId('rail')).toHaveCount(0);
    }
});

test('a model’s name never stands over the output of another, and “ready” is the new run’s', async ({
  page,
}) => {
  await type(page, 'Zebras quietly vanish.');
  // What stands together at any moment.
  await page.evaluate(() => {
    const texts = (selector: string) =>
      [...document.querySelectorAll(selector)].map(({ textContent }) =>
        textContent.replace(/\d+$/, '').trim(),
      );
    const seen = { named: [] as string[], ready: [] as string[][] };
    Object.assign(globalThis, { seen });
    const look = () => {
      const [name = ''] = texts('[data-testid="model-name"], [data-testid="loading-name"]');
      const isOld = document.querySelector('[data-testid="former"]') !== null;
      seen.named.push(`${name}: ${texts('[data-testid="token"]').join(' ')}${isOld ? ' (old)' : ''}`);
      if (document.documentElement.dataset['state'] === 'ready')
        seen.ready.push(texts('[data-view="trajectory"] .labels .token'));
    };
    const options = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(look).observe(document.documentElement, options);
  });
  // Files that are dropped on the window open, under the name of their weights.
  const looseName = /^model\.safetensors and \d+ more/;
  await dropFolder(page, small);
  await expect(page.getByTestId('model-name')).toHaveText(looseName);
  await ready(page);
  const seen = await page.evaluate(
    () => (globalThis as unknown as { seen: { named: string[]; ready: string[][] } }).seen,
  );
  expect(seen.named.filter((line) => looseName.test(line) && line.includes('Zebras'))).toEqual([]);
  expect(seen.named.some((line) => line.startsWith('headgate-gpt') && line.endsWith('(old)'))).toBe(true);
  await expect(page.getByTestId('former')).toHaveCount(0);
  const labels = await page
    .locator('[data-view="trajectory"] .labels .token')
    .evaluateAll((list) => list.map(({ textContent }) => textContent.replace(/\d+$/, '').trim()));
  expect(seen.ready.at(-1)).toEqual(labels);
  expect(labels.join(' ')).not.toContain('Zebras');
  await expect(page.getByTestId('model-facts')).toContainText('GPT-2');
  await type(page, 'the and of');
  await expect(page.getByTestId('token')).toHaveCount(3);
});

test('a folder that Transformers saved opens by the dialog', async ({ page }) => {
  // The plain file chooser, which a test can drive; the picker of Chromium's own can't be.
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'showDirectoryPicker'));
  const chooser = page.waitForEvent('filechooser');
  await page.getByTestId('open-folder').click();
  await (await chooser).setFiles(small);
  await expect(page.getByTestId('model-name')).toHaveText('odd-sizes');
  await ready(page);
  await page.getByTestId('text-input').fill('the and of');
  await expect(page.getByTestId('token')).toHaveCount(3);
});

test('a browser without WebGPU gets a clear page', async ({ browser }) => {
  const page = await browser.newPage();
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'));
  await page.goto(address());
  await expect(page.getByTestId('unsupported')).toBeVisible();
  await expect(page.getByTestId('unsupported')).toContainText('WebGPU');
});

test('a host that is gone is told once', async ({ page }) => {
  await closeHost();
  await page.getByTestId('toggle-rail').click();
  await expect(page.getByTestId('notice')).toHaveAttribute('data-code', 'host-unreachable');
  await page.getByTestId('model-button').click();
  await page.getByRole('option', { name: /headgate-char-lstm/ }).click();
  await page.getByTestId('theme-button').click();
  await expect(page.getByTestId('notice')).toHaveCount(1);
});
