import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import '../../../src/renderer/ui/tokens.css';
import '../../../src/renderer/ui/base.css';
import { measureHeads, mostTelling } from '../../../src/renderer/analysis/heads.ts';
import { csvOf } from '../../../src/renderer/common/csv.ts';
import type { Json } from '../../../src/renderer/common/saved.ts';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import * as grid from '../../../src/renderer/views/attention-grid/AttentionGrid.svelte';
import { AttentionGridView } from '../../../src/renderer/views/attention-grid/attention-grid.svelte.ts';
import * as head from '../../../src/renderer/views/attention-head/AttentionHead.svelte';
import { AttentionHeadView } from '../../../src/renderer/views/attention-head/attention-head.svelte.ts';
import type { ViewInstance, ViewModule } from '../../../src/renderer/views/view.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { TestContext } from './context.svelte.ts';
import { fakePattern, fakeRun } from './fake-run.ts';
import { at, coloursShown, openPane, point, soon } from './pane.ts';

const TOKENS = ['The', ' old', ' captain', ' looked', ' at', ' the', ' sea', '.'];
const gpu = await testGpu();
const views: Readonly<Record<string, ViewModule>> = { AttentionGrid: grid, AttentionHead: head };

let pane: HTMLElement;
beforeEach(() => {
  pane = openPane();
});
afterEach(() => pane.remove());

const runOf = (tokens: readonly string[], layers = 3, heads = 4) => fakeRun(gpu, { tokens, layers, heads });

/** Opens a view for as long as it is used. */
async function open(
  view: ViewModule,
  run: Run,
  use: (context: TestContext, instance: ViewInstance) => Promise<void>,
  saved: Json | null = null,
): Promise<void> {
  const context = new TestContext(run);
  // Nobody has to guess which head is looked at.
  if (view === head) context.selection.head = { layer: 0, head: 0 };
  const instance = view.create(context, saved);
  const mounted = mount(view.default, { target: pane, props: { view: instance as never } });
  try {
    await soon(() => pane.querySelector('[aria-busy="true"]')).toBeNull();
    await use(context, instance);
  } finally {
    await unmount(mounted);
    instance.close();
  }
}

/** Does what a key of the view does. */
function press(instance: ViewInstance, id: string): void {
  void must(instance.commands?.find((command) => command.id === id)).run();
  flushSync();
}

const element = (selector: string) => must(pane.querySelector<HTMLElement>(selector));

test('while nobody has chosen a head, the most telling one is shown', async () => {
  const run = runOf(TOKENS);
  const best = must(mostTelling(await measureHeads({ map: must(run.attention[0]) })));
  expect([best.layer, best.head]).not.toEqual([0, 0]);
  const context = new TestContext(run);
  const instance = new AttentionHeadView(context, null);
  const { title } = await instance.drawing({ width: 400, height: 300, text: 12 });
  expect(title).toContain(`L${best.layer} H${best.head}`);
  instance.choice.pick(0, 1);
  expect([context.selection.head, instance.index]).toEqual([{ layer: 0, head: 1 }, 1]);
  // Another text does not take it away.
  context.run = runOf([...TOKENS, ' And']);
  flushSync();
  await instance.drawing({ width: 400, height: 300, text: 12 });
  expect(context.selection.head).toEqual({ layer: 0, head: 1 });
  instance.close();
});

describe.each(Object.entries(views))('%s', (_name, view) => {
  test('says what is missing in a run without attention', async () => {
    await open(view, { ...runOf(TOKENS), attention: [] }, async (_context, instance) => {
      expect(element('[role="status"]').textContent).toMatch(/This run has no/);
      expect(instance.spoken).toBe('This run has no attention');
    });
  });

  test('follows from run to run and gives everything back', async () => {
    const runs = [runOf(TOKENS), runOf([...TOKENS, ' And', ' more'])] as const;
    const before = gpu.memory();
    await open(view, runs[0], async (context) => {
      context.run = runs[1];
      flushSync();
      point(element('canvas'), 0.5, 0.5);
      context.run = runs[0];
      flushSync();
    });
    await soon(() => gpu.memory().scratch).toBe(before.scratch);
    expect(gpu.isLost).toBe(false);
  });

  test('goes on on another device after a loss, in elements of its own', async () => {
    const errors: Error[] = [];
    const next = await Gpu.create({ onError: (error) => errors.push(error) });
    const context = new TestContext(runOf(TOKENS));
    const instance = view.create(context, null);
    const show = () => mount(view.default, { target: pane, props: { view: instance as never } });
    let mounted = show();
    await soon(() => coloursShown(pane, context)).toBeGreaterThan(8);
    await unmount(mounted);
    context.run = fakeRun(next, { tokens: TOKENS, layers: 3, heads: 4 });
    mounted = show();
    await soon(() => coloursShown(pane, context)).toBeGreaterThan(8);
    await next.idle();
    await unmount(mounted);
    instance.close();
    expect(errors).toEqual([]);
    await soon(() => next.memory().scratch).toBe(0);
    next.destroy();
  });
});

describe('all heads', () => {
  test('hover tells the head, its tokens and the weight; a click shows the head and keeps a locked token', async () => {
    await open(grid, runOf(TOKENS), async ({ selection }, instance) => {
      point(element('[data-head="1 2"]'), 3.5 / 8, 5.5 / 8);
      // The place is shown with its weight.
      await soon(() => selection.hovered).toEqual({ layer: 1, head: 2, token: at(5), key: at(3) });
      const weight = must(fakePattern(TOKENS, 1, 2)[5 * 8 + 3]);
      await soon(() => instance.spoken).toContain('L1 H2: “·the” (5) → “·looked” (3)');
      expect(Number(instance.spoken.split(' ').at(-1))).toBeCloseTo(weight, 2);

      selection.lock({ token: at(4) });
      element('[data-head="2 1"]').click();
      flushSync();
      expect(selection.head).toEqual({ layer: 2, head: 1 });
      expect(selection.locked).toEqual({ layer: 2, head: 1, token: at(4) });
      expect(element('[data-head="2 1"]').ariaSelected).toBe('true');
    });
  });

  test('arrow keys move from head to head, Enter chooses', async () => {
    await open(grid, runOf(TOKENS), async ({ selection }) => {
      element('[data-head="0 0"]').focus();
      await userEvent.keyboard('{ArrowDown}{ArrowRight}{ArrowRight}');
      // Behind the name stands what it does, once that is measured.
      expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^L1 H2\b/);
      await userEvent.keyboard('{Enter}');
      expect(selection.head).toEqual({ layer: 1, head: 2 });
    });
  });

  test('metrics of every head: a label, a table that sorts and filters, a scatter plot', async () => {
    await open(grid, runOf(TOKENS), async ({ selection }, instance) => {
      const label = () => element('[data-head="0 0"]').getAttribute('aria-label');
      await soon(label).toMatch(/^L0 H0, \w+/);
      await instance.show({ mode: 'table' });
      await soon(() => pane.querySelectorAll('[data-testid="head-table"] tbody tr').length).toBe(12);
      const exact = await must(runOf(TOKENS).attention[0]).metrics(1);
      const row = element('[data-testid="head-table"] [data-head="1 2"]');
      expect(row.textContent).toContain(must(exact[2]).first.toFixed(3));
      [...pane.querySelectorAll<HTMLElement>('thead button')]
        .find(({ textContent }) => textContent.includes('entropy'))
        ?.click();
      flushSync();
      const first = element('[data-testid="head-table"] tbody tr');
      first.querySelector('button')?.click();
      flushSync();
      const [layer = 0, head = 0] = must(first.dataset['head']).split(' ').map(Number);
      expect(selection.head).toEqual({ layer, head });
      const table = await must(instance.table).call(instance);
      const entropies = must(table.arrays.find(({ name }) => name === 'head_metrics.entropy'));
      expect(entropies.shape).toEqual([3, 4]);
      expect(Math.max(...(entropies.values as Float32Array))).toBe(entropies.values[layer * 4 + head]);
      await instance.show({ mode: 'scatter', x: 'first', y: 'distance' });
      await soon(() => pane.querySelectorAll('[data-testid="head-scatter"] circle').length).toBe(12);
      expect(instance.save()).toMatchObject({
        mode: 'scatter',
        x: 'first',
        sort: 'entropy',
        descending: true,
      });
    });
  });

  test('its table and its figure have every head, whatever the size of the pane', async () => {
    const tokens = Array.from({ length: 300 }, (_, i) => TOKENS[i % 8] ?? '');
    const view = new AttentionGridView(new TestContext(runOf(tokens, 2, 2)), null);
    const { columns, rows, arrays } = await view.table();
    expect(columns.slice(0, 5)).toEqual(['layer', 'head', 'query', '0 The', '1  old']);
    const row = must([...rows][3 * 300 + 299]);
    const pattern = fakePattern(tokens, 1, 1);
    expect(row.slice(0, 3)).toEqual([1, 1, '299  looked']);
    expect(row.slice(3)).toEqual([...pattern.subarray(299 * 300)]);
    expect(arrays[0]).toMatchObject({ name: 'attentions', shape: [2, 2, 300, 300] });

    const drawing = await view.drawing({ width: 400, height: 300, text: 12 });
    const images = drawing.marks.filter((mark) => mark.kind === 'image');
    // Four heads and the scale.
    expect(images.map(({ raster }) => raster.columns)).toEqual([128, 128, 128, 128, 256]);
    const texts = drawing.marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
    expect(texts).toEqual(expect.arrayContaining(['H0', 'H1', 'L0', 'L1', 'weight', 'masked']));
    view.close();
  });
});

describe('one head', () => {
  test('hover and click link the query and the key', async () => {
    await open(head, runOf(TOKENS), async ({ selection }, instance) => {
      selection.head = { layer: 2, head: 3 };
      flushSync();
      const plot = element('[role="application"]');
      point(plot, 2.5 / 8, 6.5 / 8);
      const place = { layer: 2, head: 3, token: at(6), key: at(2) };
      expect(selection.hovered).toEqual(place);
      await soon(() => instance.spoken).toContain('L2 H3: “·sea” (6) → “·captain” (2)');
      expect([...pane.querySelectorAll('.hovered')].map(({ textContent }) => textContent)).toEqual([
        '·sea',
        '·captain',
      ]);
      point(plot, 2.5 / 8, 6.5 / 8, 'pointerdown');
      point(plot, 2.5 / 8, 6.5 / 8, 'pointerup');
      expect(selection.locked).toEqual(place);
      point(plot, 0.95, 0.05);
      await soon(() => instance.spoken).toContain('“The” (0) → “.” (7) masked');
    });
  });

  test('every token has its label where there is room, and no letter is dropped out of a word', async () => {
    const words = [' T', 'e', 'c', 'p', 'a', 'n', ' l', 'o', 'e', 's', 's', 'a', '.'];
    await open(head, runOf(words), async (context) => {
      const rows = () => [...pane.querySelectorAll('.axis .rows')].map(({ textContent }) => textContent);
      expect(rows()).toEqual(words.map((text) => text.replace(' ', '·')));
      context.run = runOf(Array.from({ length: 20 }, () => words).flat());
      flushSync();
      await soon(() => new Set(rows()).size).toBeLessThan(4);
      for (const label of rows()) expect(['Tecpan', 'loessa.']).toContain(label);
    });
  });

  test('hides the first token, and cells move with it', async () => {
    await open(head, runOf(TOKENS), async ({ selection, display }) => {
      display.hideFirst = true;
      flushSync();
      point(element('[role="application"]'), 0.01, 0.99);
      expect(selection.hovered).toMatchObject({ token: at(7), key: at(1) });
      await soon(() => element('.legend').getAttribute('aria-label')).not.toMatch(/to 1\.00/);
    });
  });

  test('the wheel zooms, keys move the cell and bring it on screen, and the zoom is kept', async () => {
    const tokens = Array.from({ length: 300 }, (_, i) => TOKENS[i % 8] ?? '');
    await open(head, runOf(tokens), async (context, instance) => {
      const { selection } = context;
      const plot = element('[role="application"]');
      plot.focus();
      const { left, top } = plot.getBoundingClientRect();
      const wheel = { deltaY: -4000, clientX: left + 1, clientY: top + 1, cancelable: true };
      plot.dispatchEvent(new WheelEvent('wheel', wheel));
      flushSync();
      point(plot, 0.99, 0.99);
      expect(must(selection.hovered?.token?.index)).toBeLessThan(10);
      await userEvent.keyboard('{PageDown}{PageDown}');
      const row = must(selection.hovered?.token?.index);
      expect(row).toBeGreaterThan(20);
      point(plot, 0.5, 0.99);
      expect(selection.hovered?.token?.index).toBe(row);
      const saved = instance.save();
      expect(new AttentionHeadView(new TestContext(context.run), saved).save()).toEqual(saved);
      press(instance, 'zoom-all');
      point(plot, 0.99, 0.999);
      expect(selection.hovered?.token?.index).toBe(299);
      await instance.show(saved);
      point(plot, 0.5, 0.99);
      expect(selection.hovered?.token?.index).toBe(row);
    });
  });

  test('a pane can be held at a head of its own', async () => {
    await open(head, runOf(TOKENS), async ({ selection }, instance) => {
      press(instance, 'next-head');
      expect(selection.head).toEqual({ layer: 0, head: 1 });
      press(instance, 'hold');
      press(instance, 'next-layer');
      expect(selection.head).toEqual({ layer: 0, head: 1 });
      expect(instance.save()).toMatchObject({ held: true, layer: 1, head: 1 });
      selection.head = { layer: 2, head: 3 };
      expect(instance.spoken).toContain('L1 H1');
      press(instance, 'hold');
      expect(instance.spoken).toContain('L2 H3');
    });
  });

  test('as lines: head chips, a threshold, and hover from both ends', async () => {
    await open(head, runOf(TOKENS), async ({ selection }, instance) => {
      press(instance, 'mode');
      const lines = () => pane.querySelectorAll('[data-testid="head-lines"] path').length;
      const strong = fakePattern(TOKENS, 0, 0).filter((weight) => weight >= 0.1).length;
      await soon(lines).toBe(strong);
      pane.querySelectorAll<HTMLElement>('[data-testid="head-chip"]')[2]?.click();
      const both = strong + fakePattern(TOKENS, 0, 2).filter((weight) => weight >= 0.1).length;
      await soon(lines).toBe(both);
      const saved = instance.save();
      expect(saved).toMatchObject({ mode: 'lines', chips: '0,2', threshold: 0.1 });
      await instance.show({ threshold: 0.99 });
      await soon(lines).toBeLessThan(strong);
      await instance.show(saved);
      const key = element('[data-mark="key 3"]').getBoundingClientRect();
      const event = { bubbles: true, clientX: key.left + 2, clientY: key.top + 2 };
      element('[data-mark="key 3"]').dispatchEvent(new PointerEvent('pointermove', event));
      expect(selection.hovered).toEqual({ layer: 0, head: 0, key: at(3) });
      const { marks } = await must(instance.drawing).call(instance, { width: 500, height: 400, text: 12 });
      expect(marks.filter((mark) => mark.kind === 'path')).toHaveLength(both);
      // A head that is no chosen one is shown alone; with all chips off there is no line, also when that is saved.
      selection.head = { layer: 0, head: 1 };
      await soon(lines).toBe(fakePattern(TOKENS, 0, 1).filter((weight) => weight >= 0.1).length);
      pane.querySelectorAll<HTMLElement>('[data-testid="head-chip"]')[1]?.click();
      await soon(lines).toBe(0);
      const none = instance.save();
      await instance.show(saved);
      await instance.show(none);
      expect(instance.save()).toEqual(none);
      await soon(lines).toBe(0);
    });
  });

  test('its table is exact and whole while a part of it is on screen', async () => {
    const tokens = Array.from({ length: 300 }, (_, i) => TOKENS[i % 8] ?? '');
    await open(head, runOf(tokens), async (_context, instance) => {
      press(instance, 'zoom-in');
      const table = await must(instance.table).call(instance);
      const lines = (await (await csvOf(table)).text()).trimEnd().split('\r\n');
      expect(lines).toHaveLength(301);
      expect(lines[0]?.startsWith('query \\ key,0 The,1  old,')).toBe(true);
      const values = must(lines[300])
        .split(',')
        .slice(1)
        .map((text) => Math.fround(Number(text)));
      expect(values).toEqual([...fakePattern(tokens, 0, 0).subarray(299 * 300)]);
      const { width, marks } = await must(instance.drawing).call(instance, {
        width: 600,
        height: 500,
        text: 12,
      });
      expect(width).toBe(600);
      const [image] = marks.filter((mark) => mark.kind === 'image');
      expect(image?.raster.columns).toBe(200);
    });
  });

  test('in a room its labels are large', async () => {
    pane.style.width = '1500px';
    pane.style.height = '900px';
    await open(head, runOf(TOKENS), async (context) => {
      context.size = 'presented';
      flushSync();
      for (const label of pane.querySelectorAll('.axis span'))
        expect(Number.parseFloat(getComputedStyle(label).fontSize)).toBeGreaterThanOrEqual(24);
    });
  });
});
