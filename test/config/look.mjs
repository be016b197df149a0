/**
 * `npm run look [-- MODEL …]`: contact sheets of every view on every bundled model that it fits, for whoever changes how the
 * app looks: both themes, at 1280×800, 1920×1080, 200 % zoom (of 1280×800) and presented, one PNG a sheet in `look/`.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { browserFlags } from '../../src/main/browser.mjs';
import { obtainBrowser } from '../../src/main/launch/obtain-browser.mjs';
import { ready, serveModel } from './served.mjs';

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
  const { link, close } = await serveModel(model);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    await page.goto(link);
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
    close();
  }
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
