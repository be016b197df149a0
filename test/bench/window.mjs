/**
 * `npm run bench:window [-- TEXT]`, TEXT picks rows by name: what a user waits for in the window itself, on the software adapter. Hovering: from
 * the pointer's event to the frame that shows the value. Dragging a weight: to the other sentence. Long texts: the run, the views that follow, their longest tasks, memory.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { browserFlags } from '../../src/main/browser.mjs';
import { obtainBrowser } from '../../src/main/launch/obtain-browser.mjs';
import { ready, serveModel } from '../config/served.mjs';
import { writeRandomGpt2, randomText } from './random-gpt2.mjs';

const {
  positionals: [only = ''],
} = parseArgs({ allowPositionals: true });
/** Cells that the pointer is put on; the first ones compile what later ones find. */
const HOVERS = 40;
const WARM_UP = 5;
/** Moves of a weight. */
const DRAGS = 15;
/** Positions that are left for what is typed into a long text. */
const TYPED = 8;
/** Milliseconds after which a value does not come any more. */
const MOST = 3000;
/** The pane that is looked at: it fills the window. */
const ACTIVE = '[data-pane][data-active="true"]';

const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
const executablePath = (await obtainBrowser()) ?? undefined;
const browser = await chromium.launch({ executablePath, args: browserFlags({ software: true }) });
try {
  const gpt = 'Captain Bildad and Captain Peleg went to the harbor. Captain Bildad and Captain';
  await row('hover, bundled GPT', () => hovering('headgate-gpt', gpt));
  await row('hover, 12 x 12 x 768, T = 512', () =>
    hovering(random({ layers: 12, heads: 12, width: 768, T: 512 }), randomText(512)),
  );
  const farmer = 'The poor farmer sold a black horse to the rich king because he did not want it.';
  await row('drag of an attention weight, bundled translator', () =>
    dragging('headgate-en-es-lstm-attention', farmer, { step: 5, word: 'king' }),
  );
  await row('long text, 6 x 8 x 512, T = 2048', () =>
    longText(random({ layers: 6, heads: 8, width: 512, T: 2048 + TYPED }), randomText(2048)),
  );
  await row('long text, 2 x 4 x 256, T = 4096', () =>
    longText(random({ layers: 2, heads: 4, width: 256, T: 4096 + TYPED }), randomText(4096)),
  );
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} name @param {() => Promise<void>} measure */
async function row(name, measure) {
  if (!name.includes(only)) return;
  console.log(name);
  await measure();
}

/** A figure of a row, as soon as it is there. @param {string} line */
function say(line) {
  console.log(`  ${line}`);
}

/** A model with random weights on the disk. @param {import('./random-gpt2.mjs').Sizes} sizes */
function random(sizes) {
  const path = join(folder, `${sizes.layers}x${sizes.heads}`);
  mkdirSync(path, { recursive: true });
  writeRandomGpt2(path, sizes);
  return path;
}

/** @param {string} model @param {string} text */
async function hovering(model, text) {
  await inWindow(model, text, async (page) => {
    for (const view of ['attention-grid', 'attention-head']) {
      await open(page, view);
      const box = await page.locator(`${ACTIVE} canvas`).first().boundingBox();
      if (box === null) throw new Error(`${view} shows no picture.`);
      await page.evaluate(watchHovers, ACTIVE);
      for (let i = 0; i < HOVERS + WARM_UP; i++) {
        // All over the picture, no two neighbours one after the other; the lower left half is what a decoder sees.
        const [x, y] = [0.1 + 0.4 * ((i * 0.381966) % 1), 0.55 + 0.4 * ((i * 0.618034) % 1)];
        const before = await page.evaluate(() => window.nextHover());
        await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
        // Between two heads, and on a cell that is spoken of like the one before, nothing changes.
        await page
          .waitForFunction((count) => window.hovers.length > count, before, { timeout: MOST })
          .catch(() => undefined);
      }
      const hovers = (await page.evaluate(() => window.hovers)).slice(WARM_UP);
      say(`${view}, ${hovers.length} values: there after ${spread(hovers, 'value')}`);
      say(`${view}: on screen after ${spread(hovers, 'painted')}`);
      await page.mouse.move(2, 2);
    }
  });
}

/** @param {{ value: number, painted?: number }[]} hovers @param {'value' | 'painted'} what */
function spread(hovers, what) {
  const times = hovers.map((hover) => hover[what]).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    Math.round(times[Math.floor(share * (times.length - 1))] ?? NaN);
  return `${at(0.5)} ms (median), nine of ten within ${at(0.9)} ms, longest ${at(1)} ms`;
}

/** Runs in the page: times from the pointer's event to the frame with the value. @param {string} pane */
function watchHovers(pane) {
  window.hovers = [];
  let began = null;
  window.nextHover = () => {
    began = null;
    return window.hovers.length;
  };
  window.addEventListener('pointermove', () => (began ??= performance.now()), { capture: true });
  const element = document.querySelector(pane);
  // Query, key and weight in words: in the tooltip, or under the picture.
  const words = () => element.querySelector('.pair')?.parentElement.textContent ?? null;
  let last = words();
  new MutationObserver(() => {
    const now = words();
    if (began === null || now === null || now === last) return;
    last = now;
    const from = began;
    const value = performance.now() - from;
    began = null;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      // After the frame was drawn.
      port1.onmessage = () => window.hovers.push({ value, painted: performance.now() - from });
      port2.postMessage(null);
    });
  }).observe(element, { childList: true, characterData: true, subtree: true });
}

/**
 * A weight of one step of an attention decoder that goes to 1 and back: from its event to the other sentence.
 * @param {string} model @param {string} text @param {{ step: number, word: string }} place
 */
async function dragging(model, text, { step, word }) {
  await inWindow(model, text, async (page) => {
    await open(page, 'alignment');
    await page.getByTestId('token').nth(step).click();
    await ready(page);
    const sentences = [];
    for (let i = 0; i < DRAGS + WARM_UP; i++) {
      const place = { word, share: i % 2 === 0 ? '1' : '0', most: MOST };
      sentences.push({ value: await page.evaluate(drag, place) });
      await ready(page);
    }
    const own = sentences.slice(WARM_UP);
    say(`the sentence, ${own.length} times: ${spread(own, 'value')}`);
  });
}

/**
 * Runs in the page: moves a weight, and tells how long it took until another sentence was there.
 * @param {{ word: string, share: string, most: number }} place
 */
function drag({ word, share, most }) {
  const inputs = [...document.querySelectorAll('[data-testid="alignment-weight"]')];
  const input = inputs.find((one) => one.getAttribute('aria-label').includes(word));
  const written = document.querySelector('[data-testid="written"]');
  return new Promise((found, failed) => {
    const before = written.textContent;
    const began = performance.now();
    setTimeout(() => failed(new Error('The sentence did not follow the weight.')), most);
    new MutationObserver((_, own) => {
      if (written.textContent === before) return;
      own.disconnect();
      found(performance.now() - began);
    }).observe(written, { childList: true, characterData: true, subtree: true });
    input.value = share;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/** @param {string} model @param {string} text */
async function longText(model, text) {
  const began = performance.now();
  await inWindow(model, text, async (page, tasks) => {
    const tell = async (what, since) => {
      const longest = await tasks();
      const times = longest.length === 0 ? 'none' : `${longest.slice(0, 3).join(', ')} ms`;
      say(`${what}: ${((performance.now() - since) / 1000).toFixed(1)} s; tasks over 50 ms: ${times}`);
    };
    await tell('opened and run', began);
    for (const view of ['attention-grid', 'attention-head', 'why', 'stack', 'outputs', 'lens', 'block-map']) {
      const since = performance.now();
      await open(page, view);
      await tell(`shown: ${view}`, since);
      const box = await page.locator(ACTIVE).boundingBox();
      if (box === null) throw new Error(`${view} shows nothing.`);
      const pointed = performance.now();
      for (let i = 0; i < 12; i++) {
        const [x, y] = [0.1 + 0.8 * ((i * 0.381966) % 1), 0.2 + 0.7 * ((i * 0.618034) % 1)];
        await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
        await ready(page);
      }
      await tell(`pointed at: ${view}`, pointed);
      const moved = performance.now();
      await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.6);
      for (let i = 0; i < 8; i++) {
        await page.mouse.wheel(0, view === 'attention-head' ? -120 : 240);
        await ready(page);
      }
      await tell(`scrolled or zoomed: ${view}`, moved);
    }
    const typed = performance.now();
    await page.getByTestId('text-input').focus();
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.type('a ');
    await ready(page);
    await tell('typed and run again', typed);
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    say(`${await page.getByTestId('gpu-memory').innerText()}; heap ${Math.round(usedSize / 1e6)} MB`);
  });
}

/**
 * A window on a model and a text, whose run is there.
 * @param {string} model @param {string} text
 * @param {(page: import('playwright').Page, tasks: () => Promise<number[]>) => Promise<void>} use is told what tasks there were since
 * it last asked, longest first, ms
 */
async function inWindow(model, text, use) {
  const { link, close } = await serveModel(model);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await page.goto(link);
    await ready(page);
    await page.keyboard.press('Alt+Enter');
    await page.evaluate(() => {
      window.tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.tasks.push(Math.round(duration));
      }).observe({ type: 'longtask' });
    });
    await page.getByTestId('text-input').fill(text);
    await ready(page);
    await page.keyboard.press('Escape');
    await use(page, () => page.evaluate(() => window.tasks.splice(0).sort((a, b) => b - a)));
  } finally {
    await page.close();
    close();
  }
}

/** @param {import('playwright').Page} page @param {string} view */
async function open(page, view) {
  await page.locator(`[data-testid="view-list-item"][data-view="${view}"]`).click();
  await ready(page);
}
