/**
 * `npm run look [-- MODEL …]`: contact sheets of every view on every bundled model that it fits, for whoever changes how the
 * app looks: both themes, at 1280×800, 1920×1080, 200 % zoom (of 1280×800) and presented, one PNG a sheet in `look/`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { browserFlags } from '../../src/main/browser.mjs';
import { obtainBrowser } from '../../src/main/launch/obtain-browser.mjs';

const root = join(import.meta.dirname, '..', '..');
const out = join(root, 'look');
/** Width of a picture on a sheet, CSS pixels. */
const THUMBNAIL = 620;
const SIZES = [
  { name: '1280x800', width: 1280, height: 800, presented: false },
  { name: '1920x1080', width: 1920, height: 1080, presented: false },
  { name: '200-percent', width: 640, height: 400, presented: false },
  { name: 'presented', width: 1920, height: 1080, presented: true },
];
const THEMES = /** @type {const} */ (['dark', 'light']);

const named = process.argv.slice(2);
const bundled = readdirSync(join(root, 'assets', 'models'));
const unknown = named.filter((name) => !bundled.includes(name));
if (unknown.length > 0) {
  console.error(`No bundled model is called ${unknown.join(', ')}. There are ${bundled.join(', ')}.`);
  process.exit(1);
}

const executablePath = (await obtainBrowser()) ?? undefined;
const browser = await chromium.launch({ executablePath, args: browserFlags({ software: true }) });
/** @type {Map<string, {title: string, picture: string}[]>} */
const sheets = new Map();
try {
  for (const model of named.length > 0 ? named : bundled) await lookAt(model);
  mkdirSync(out, { recursive: true });
  for (const [name, pictures] of sheets) await writeSheet(name, pictures);
} finally {
  await browser.close();
}
console.log(`${sheets.size} sheets in ${out}`);

/** Takes pictures of every view of a model. @param {string} model */
async function lookAt(model) {
  const config = mkdtempSync(join(tmpdir(), 'headgate-look-'));
  const host = spawn(
    process.execPath,
    [join(root, 'src/main/headgate.mjs'), 'serve', '--no-open', '--fresh', model],
    { env: { ...process.env, HEADGATE_CONFIG_DIR: config }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    await page.goto(await linkOf(host));
    await ready(page);
    // One pane fills the window.
    await page.keyboard.press('Alt+Enter');
    const views = await page
      .locator('[data-testid="view-list-item"]')
      .evaluateAll((items) => items.map((item) => item.getAttribute('data-view') ?? ''));
    for (const view of views) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.locator(`[data-testid="view-list-item"][data-view="${view}"]`).click();
      for (const size of SIZES) {
        await page.setViewportSize(size);
        if (size.presented) await page.keyboard.press('F5');
        for (const theme of THEMES) {
          await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
          await ready(page);
          const sheet = `${size.name}-${theme}`;
          const picture = (await page.screenshot()).toString('base64');
          sheets.set(sheet, [...(sheets.get(sheet) ?? []), { title: `${model}: ${view}`, picture }]);
        }
        if (size.presented) await page.keyboard.press('Escape');
      }
      console.log(`${model}: ${view}`);
    }
    await page.close();
  } finally {
    host.kill('SIGTERM');
    rmSync(config, { recursive: true, force: true });
  }
}

/** The address that the host prints. @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} host @returns {Promise<string>} */
function linkOf(host) {
  let printed = '';
  return new Promise((found, failed) => {
    host.stdout.on('data', (chunk) => {
      printed += String(chunk);
      const link = /^Headgate: (\S+)$/m.exec(printed)?.[1];
      if (link !== undefined) found(link);
    });
    host.on('close', (status) => failed(new Error(`The host ended with ${String(status)}.`)));
  });
}

/** Waits until the window has nothing more to do. @param {import('playwright').Page} page */
async function ready(page) {
  // What was asked for has begun by then.
  await page.waitForTimeout(500);
  await page.waitForSelector('html[data-state="ready"]', { timeout: 120_000, state: 'attached' });
}

/** A page of pictures with their names. @param {string} name @param {{title: string, picture: string}[]} pictures */
async function writeSheet(name, pictures) {
  const figures = pictures.map(
    ({ title, picture }) =>
      `<figure><img src="data:image/png;base64,${picture}"><figcaption>${title}</figcaption></figure>`,
  );
  const page = await browser.newPage({ viewport: { width: 4 * (THUMBNAIL + 12) + 12, height: 600 } });
  await page.setContent(
    `<style>body{display:flex;flex-wrap:wrap;gap:12px;margin:12px;background:#777;font:15px sans-serif}
    figure{margin:0;width:${THUMBNAIL}px}img{width:100%;display:block}figcaption{color:#fff;padding:3px 0}</style>
    ${figures.join('')}`,
  );
  writeFileSync(join(out, `${name}.png`), await page.screenshot({ fullPage: true }));
  await page.close();
}
