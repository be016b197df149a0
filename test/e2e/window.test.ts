/** What a user does in the window: the real app through the loopback host, in real Chromium. */
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { fixtures, ready, startHost, temporaryFolder, type Host } from './app.ts';

/** A folder that Transformers saved, small and of odd sizes. */
const small = join(fixtures, 'odd-sizes');

let host: Host;
test.beforeAll(async () => {
  host = await startHost();
});
test.afterAll(() => host.close());

/** A window on the bundled model, with its example run. Every message of the console that is an error fails the test. */
async function open(page: Page, address = host.address): Promise<void> {
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(address);
  await ready(page);
}

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
  await open(page);
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
  await open(page);
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
  await open(page);
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

test('a folder that Transformers saved opens by the dialog', async ({ page }) => {
  // The plain file chooser, which a test can drive; the picker of Chromium's own can't be.
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'showDirectoryPicker'));
  await open(page);
  const chooser = page.waitForEvent('filechooser');
  await page.getByTestId('open-folder').click();
  await (await chooser).setFiles(small);
  await expect(page.getByTestId('model-name')).toHaveText('odd-sizes');
  await ready(page);
  await page.getByTestId('text-input').fill('the and of');
  await expect(page.getByTestId('token')).toHaveCount(3);
});

/** Drops files on the window as the desktop would. */
async function drop(page: Page, folder: string): Promise<void> {
  const files = readdirSync(folder).map((name) => ({
    name,
    base64: readFileSync(join(folder, name)).toString('base64'),
  }));
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list)
      data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    return data;
  }, files);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

test('files that are dropped on the window open', async ({ page }) => {
  await open(page);
  await drop(page, small);
  await expect(page.getByTestId('model-facts')).toContainText('GPT-2');
  await page.getByTestId('text-input').fill('the and of');
  await expect(page.getByTestId('token')).toHaveCount(3);
  await ready(page);
});

test.describe('a folder that is broken gives one clear error, and the app stays usable', () => {
  const missing = 'transformer.h.1.mlp.c_fc.bias';
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
  for (const [name, { spoil, says }] of Object.entries(broken)) {
    test(name, async ({ page }) => {
      using copy = temporaryFolder();
      cpSync(small, copy.path, { recursive: true });
      spoil(copy.path);
      await open(page);
      await drop(page, copy.path);
      await expect(page.getByTestId('notice-message')).toHaveText(says);
      await expect(page.getByTestId('notice')).toHaveCount(1);
      // Another text each time: the host keeps the last one, and the same text would run nothing.
      const text = `Still here after: ${name}`;
      await page.getByTestId('text-input').fill(text);
      await expect.poll(() => runText(page)).toBe(text);
      await ready(page);
      await expect(page.getByTestId('model-name')).toHaveText('headgate-gpt');
    });
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

test('a model that is named on the command line opens first', async ({ page }) => {
  const named = await startHost({ model: small });
  try {
    await open(page, named.address);
    await expect(page.getByTestId('model-name')).toHaveText('odd-sizes');
  } finally {
    await named.close();
  }
});

test('panes split and close, the palette finds commands, and what was set is there next time', async ({
  page,
  context,
}) => {
  using config = temporaryFolder();
  const first = await startHost({ configDir: config.path });
  await open(page, first.address);
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-input').fill('split');
  await page.getByTestId('palette-entry').first().click();
  await expect(page.getByTestId('pane')).toHaveCount(4);
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-input').fill('theme');
  const before = await page.locator('html').getAttribute('data-theme');
  await page.getByTestId('palette-entry').first().click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', before ?? '');
  const theme = (await page.locator('html').getAttribute('data-theme')) ?? '';
  const saved = () =>
    JSON.stringify(readdirSync(config.path).map((name) => readFileSync(join(config.path, name), 'utf8')));
  await expect.poll(saved).toContain(theme);
  await page.close();
  await first.close();

  const second = await startHost({ configDir: config.path });
  try {
    const again = await context.newPage();
    await open(again, second.address);
    await expect(again.getByTestId('pane')).toHaveCount(4);
    await expect(again.locator('html')).toHaveAttribute('data-theme', theme);
  } finally {
    await second.close();
  }
});

test('a browser without WebGPU gets a clear page', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'));
  await page.goto(host.address);
  await expect(page.getByTestId('unsupported')).toBeVisible();
  await expect(page.getByTestId('unsupported')).toContainText('WebGPU');
});

for (const scheme of ['dark', 'light'] as const) {
  for (const size of [
    { width: 1280, height: 800 },
    { width: 1920, height: 1080 },
  ]) {
    test(`nothing is cut off and axe finds nothing, ${scheme}, ${size.width}×${size.height}`, async ({
      page,
    }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(size);
      await open(page);
      const overflow = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth - innerWidth,
        height: document.documentElement.scrollHeight - innerHeight,
      }));
      expect(overflow).toEqual({ width: 0, height: 0 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    });
  }
}

test('F6 goes through every part of the window', async ({ page }) => {
  await open(page);
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

test('a model’s name never stands over the output of another, and “ready” is the new run’s', async ({
  page,
}) => {
  await open(page);
  await page.getByTestId('text-input').fill('Zebras quietly vanish.');
  await expect.poll(() => runText(page)).toBe('Zebras quietly vanish.');
  await ready(page);
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
  await drop(page, small);
  await expect(page.getByTestId('model-name')).toHaveText('Dropped files');
  await ready(page);
  const seen = await page.evaluate(
    () => (globalThis as unknown as { seen: { named: string[]; ready: string[][] } }).seen,
  );
  expect(seen.named.filter((line) => line.startsWith('Dropped files') && line.includes('Zebras'))).toEqual(
    [],
  );
  expect(seen.named.some((line) => line.startsWith('headgate-gpt') && line.endsWith('(old)'))).toBe(true);
  await expect(page.getByTestId('former')).toHaveCount(0);
  const labels = await page
    .locator('[data-view="trajectory"] .labels .token')
    .evaluateAll((list) => list.map(({ textContent }) => textContent.replace(/\d+$/, '').trim()));
  expect(seen.ready.at(-1)).toEqual(labels);
  expect(labels.join(' ')).not.toContain('Zebras');
});

test('a host that is gone is told once', async ({ page }) => {
  const own = await startHost();
  await open(page, own.address);
  await own.close();
  await page.getByTestId('toggle-rail').click();
  await page.getByTestId('toggle-rail').click();
  await expect(page.getByTestId('notice')).toHaveAttribute('data-code', 'host-unreachable');
  await page.getByTestId('model-button').click();
  await page.getByRole('option', { name: /headgate-char-lstm/ }).click();
  await page.getByTestId('theme-button').click();
  await expect(page.getByTestId('notice')).toHaveCount(1);
});
