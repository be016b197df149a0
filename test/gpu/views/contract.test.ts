/** The contract of views (src/renderer/views/view.ts), over every view of the registry. */
import axe from 'axe-core';
import { flushSync, mount, unmount } from 'svelte';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import '../../../src/renderer/ui/tokens.css';
import '../../../src/renderer/ui/base.css';
import type { Json } from '../../../src/renderer/common/saved.ts';
import { svgOf } from '../../../src/renderer/drawing/svg.ts';
import { figureTheme } from '../../../src/renderer/drawing/theme.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { commands } from '../../../src/renderer/ui/commands/registry.ts';
import { views } from '../../../src/renderer/views/registry.ts';
import type { ViewSetting } from '../../../src/renderer/views/settings.ts';
import type { ViewDefinition, ViewInstance } from '../../../src/renderer/views/view.ts';
import { must } from '../../helpers/must.ts';
import { allMarks, saidBy, type Agrees } from './agreement.ts';
import { broken, plain } from './broken-run.ts';
import { TestContext } from './context.svelte.ts';
import { smallTexts } from './text-sizes.ts';
import { KINDS, TinyRuns } from './tiny-runs.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { testGpu } from '../../helpers/gpu.ts';

const agreements = import.meta.glob<Agrees>('./agrees/*.ts', { eager: true, import: 'agrees' });

/** Waits for a state: kernels compile slowly on machines without a GPU. */
const soon = <Value>(read: () => Value) => expect.poll(read, { timeout: 60_000 });
const SIZE = { width: 800, height: 600, text: 12 };

const gpu = await testGpu();
let runs: TinyRuns;
beforeAll(async () => {
  runs = new TinyRuns(gpu);
});

let pane: HTMLElement;
beforeEach(() => {
  document.body.replaceChildren();
  pane = document.createElement('main');
  pane.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 640px; height: 520px';
  document.body.append(pane);
});

interface Opened {
  readonly context: TestContext;
  readonly instance: ViewInstance;
}

/** Opens a view for as long as it is used. */
async function open(
  { load }: ViewDefinition,
  run: Run,
  use: (opened: Opened) => Promise<void>,
  saved: Json | null = null,
): Promise<void> {
  const module = await load();
  const context = new TestContext(run);
  const instance = module.create(context, saved);
  const mounted = mount(module.default, { target: pane, props: { view: instance as never } });
  try {
    flushSync();
    await use({ context, instance });
  } finally {
    await unmount(mounted);
    instance.close();
  }
}

const alert = () => pane.querySelector('[role="alert"]')?.textContent ?? null;
const isBusy = () => pane.querySelector('[aria-busy="true"]') !== null;
const settled = () => soon(() => [isBusy(), alert()]).toEqual([false, null]);

/** Another value that a setting takes. */
function otherValue(setting: ViewSetting): Json {
  if (setting.kind === 'switch') return !setting.default;
  if (setting.kind === 'choice') return must(setting.choices.find((choice) => choice !== setting.default));
  // The next one: how far a range goes may follow from another setting.
  return setting.default === setting.most ? setting.least : Math.min(setting.default + 1, setting.most);
}

/** Whether there is another value. */
function isFree(setting: ViewSetting): boolean {
  if (setting.kind === 'choice') return setting.choices.length > 1;
  return setting.kind === 'switch' || setting.most > setting.least;
}

describe.each(views)('$id', (definition) => {
  test('fits a kind of run, and its numbers are held against the run', async () => {
    const scores = await Promise.all(KINDS.map(async (kind) => definition.score(await runs.of(kind))));
    expect(Math.max(...scores)).toBeGreaterThan(0);
    expect(agreements[`./agrees/${definition.id}.ts`], `agrees/${definition.id}.ts`).toBeDefined();
  });

  describe.each(KINDS)('on a run of a %s', (kind) => {
    test('opens, says its sentence, is drawn and tabled', async ({ skip }) => {
      const run = await runs.of(kind);
      skip(definition.score(run) === 0, 'The view is not for such runs.');
      const before = gpu.memory().scratch;
      await open(definition, run, async ({ context, instance }) => {
        await settled();
        const section = must(pane.querySelector('section[aria-label]'));
        expect(section.getAttribute('aria-label')).toMatch(/\w+/);
        expect(instance.spoken).toMatch(/\w+/);
        // What is spoken may go on while a view measures.
        await soon(() => pane.querySelector('[aria-live]')?.textContent?.includes(instance.spoken)).toBe(
          true,
        );
        const { violations } = await axe.run(pane, { rules: { 'page-has-heading-one': { enabled: false } } });
        expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);

        // Where it shows why there is nothing to see, a figure says so, too.
        if (pane.querySelector('.notice[role="status"]') !== null) {
          for (const made of [instance.drawing?.(SIZE), instance.table?.()])
            await expect(made).rejects.toMatchObject({ hint: expect.stringMatching(/\w+/) as string });
          return;
        }
        const drawing = await must(instance.drawing).call(instance, SIZE);
        const marks = [...allMarks(drawing.marks)];
        expect(marks.some(({ kind: mark }) => mark !== 'group')).toBe(true);
        const ids = marks.flatMap(({ id }) => (id === undefined ? [] : [id]));
        expect(new Set(ids).size).toBe(ids.length);
        const svg = svgOf(drawing, { theme: figureTheme('light'), transparent: false });
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        const table = await must(instance.table).call(instance);
        expect([...table.rows].length).toBeGreaterThan(0);
        for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
        for (const { name, shape, values } of table.arrays)
          expect([name, values.length]).toEqual([name, shape.reduce((product, side) => product * side, 1)]);
        await must(agreements[`./agrees/${definition.id}.ts`])(saidBy(run, table, drawing));
        // The same again: the same bytes.
        const again = await must(instance.drawing).call(instance, SIZE);
        expect(svgOf(again, { theme: figureTheme('light'), transparent: false })).toBe(svg);

        pane.dataset['size'] = 'presented';
        Object.assign(pane.style, { width: '1920px', height: '900px' });
        context.size = 'presented';
        flushSync();
        await settled();
        await soon(() => smallTexts(pane, 24)).toEqual([]);
        // What is written for the room is seen there.
        for (const title of pane.querySelectorAll('h2')) expect(title.checkVisibility()).toBe(true);
        // Nor in what is said of what is looked at.
        context.selection.lock({ token: { side: 'target', index: 1 }, layer: 0, head: 0 });
        flushSync();
        await soon(() => smallTexts(pane, 24)).toEqual([]);
      });
      await soon(() => gpu.memory().scratch).toBeLessThanOrEqual(before);
    });

    test('a state that it saves is the state that it shows', async ({ skip }) => {
      const run = await runs.of(kind);
      skip(definition.score(run) === 0, 'The view is not for such runs.');
      const settings = definition.settings(run);
      await open(definition, run, async ({ instance }) => {
        await settled();
        const first = instance.save();
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
        const names = settings.map(({ name }) => name);
        expect(Object.keys(first as object)).toEqual(expect.arrayContaining(names));
        for (const setting of settings.filter(isFree)) {
          await instance.show(first);
          const other = { [setting.name]: otherValue(setting) };
          await instance.show(other);
          expect(instance.save()).toMatchObject(other);
        }
        const second = instance.save();
        for (const strange of [null, 7, 'x', [], { ...Object.fromEntries(names.map((name) => [name, {}])) }])
          await instance.show(strange);
        expect(instance.save()).toEqual(second);
        await instance.show(first, { animate: true });
        expect(instance.save()).toEqual(first);
        const { create } = await definition.load();
        const twin = create(new TestContext(run), second);
        expect(twin.save()).toEqual(second);
        twin.close();
      });
    });
  });

  test('no key twice, and none that the window has', async () => {
    const run = await firstRun(definition);
    await open(definition, run, async ({ instance }) => {
      await settled();
      const keys = (instance.commands ?? []).flatMap(({ shortcut }) => shortcut?.toLowerCase() ?? []);
      expect(new Set(keys).size).toBe(keys.length);
      const taken = commands.flatMap(({ shortcut }) => shortcut?.toLowerCase() ?? []);
      expect(keys.filter((key) => taken.includes(key))).toEqual([]);
    });
  });

  test('follows to another run, and says what fails and what is missing', async () => {
    const run = await firstRun(definition);
    const fail = () => Promise.reject(new Error('the tensor is torn'));
    const never = () => new Promise<never>(() => undefined);
    const bare = Object.assign(plain(run), {
      activations: new Map(),
      attention: [],
      facet: facetsOf({}),
    });
    await open(definition, bare, async ({ context, instance }) => {
      await soon(() => [isBusy(), alert()]).toEqual([false, null]);
      const notice = pane.querySelector('[role="status"]')?.textContent ?? '';
      expect(notice || instance.spoken).toMatch(/\w+/);
      context.run = broken(run, never);
      flushSync();
      context.run = run;
      flushSync();
    });
    await open(definition, broken(run, fail), async () => {
      if (computes(definition)) await soon(alert).toMatch(/the tensor is torn/);
    });
    await open(definition, broken(run, never), async () => {
      if (computes(definition) && waits(definition)) await soon(isBusy).toBe(true);
    });
  });
});

/** Views that show what the run holds already have nothing to wait for, as the race of models without a source. */
const computes = ({ id }: ViewDefinition) => id !== 'beams' && id !== 'race';

/** What a view computes by recording waits for the GPU alone. */
const waits = ({ id }: ViewDefinition) => id !== 'lens';

async function firstRun({ score }: ViewDefinition): Promise<Run> {
  for (const kind of KINDS) {
    const run = await runs.of(kind);
    if (score(run) > 0) return run;
  }
  throw new Error('The view is for no kind of run.');
}

test('a key means the same in every view', async () => {
  const meanings = new Map<string, Set<string>>();
  for (const definition of views)
    await open(definition, await firstRun(definition), async ({ instance }) => {
      await settled();
      for (const { shortcut, title } of instance.commands ?? [])
        if (shortcut !== undefined) meanings.set(shortcut, (meanings.get(shortcut) ?? new Set()).add(title));
    });
  expect([...meanings].filter(([, titles]) => titles.size > 1)).toEqual([]);
});
