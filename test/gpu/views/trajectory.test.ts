import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import '../../../src/renderer/ui/tokens.css';
import '../../../src/renderer/ui/base.css';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import * as trajectory from '../../../src/renderer/views/trajectory/Trajectory.svelte';
import { TrajectoryView } from '../../../src/renderer/views/trajectory/trajectory.svelte.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { TestContext } from './context.svelte.ts';
import { fakeRun } from './fake-run.ts';
import { at, coloursShown, openPane, point, soon } from './pane.ts';

const TOKENS = ['The', ' old', ' captain', ' looked', ' at', ' the', ' sea', '.'];
const gpu = await testGpu();

let pane: HTMLElement;
beforeEach(() => {
  pane = openPane();
});
afterEach(() => pane.remove());

// A width that the kernels must pad.
const runOf = (tokens: readonly string[], layers = 3, heads = 4) =>
  fakeRun(gpu, { tokens, layers, heads, width: 33 });

/** Opens the view for as long as it is used. */
async function open(
  run: Run,
  use: (context: TestContext, view: TrajectoryView) => Promise<void>,
): Promise<void> {
  const context = new TestContext(run);
  const view = new TrajectoryView(context, null);
  const mounted = mount(trajectory.default, { target: pane, props: { view } });
  try {
    await soon(() => pane.querySelector('[aria-busy="true"]')).toBeNull();
    await use(context, view);
  } finally {
    await unmount(mounted);
    view.close();
  }
}

const said = () => pane.querySelector('[aria-live]')?.textContent ?? '';
const element = (selector: string) => must(pane.querySelector<HTMLElement>(selector));

describe('the view', () => {
  test('has a name, and takes a run of one token and one head', async () => {
    await open(runOf(['x'], 1, 1), async () => {
      expect(element('section').getAttribute('aria-label')).toMatch(/\w+/);
      await soon(() => pane.querySelector('[role="alert"]')).toBeNull();
    });
  });

  test('says what is missing in a run without hidden states', async () => {
    const bare: Run = { ...runOf(TOKENS), activations: new Map() };
    await open(bare, async () => {
      expect(element('[role="status"]').textContent).toMatch(/This run has no/);
    });
  });

  test('follows from run to run and gives everything back', async () => {
    const runs = [runOf(TOKENS), runOf([...TOKENS, ' And', ' more'])] as const;
    const before = gpu.memory();
    await open(runs[0], async (context) => {
      context.run = runs[1];
      flushSync();
      point(element('canvas'), 0.5, 0.5);
      context.run = runs[0];
      flushSync();
    });
    await soon(() => gpu.memory().scratch).toBe(before.scratch);
    await soon(() => gpu.memory().activations).toBe(before.activations);
    expect(gpu.isLost).toBe(false);
  });

  test('points stand where they stood when a state comes back, though other axes would be found', async () => {
    const places = ({ fit }: TrajectoryView) => [...must(fit).coordinates.places];
    await open(runOf(TOKENS), async (context, view) => {
      expect(view.save()).toMatchObject({ kept: { axes: null } });
      context.run = runOf([...TOKENS, ' And', ' more']);
      flushSync();
      await view.fits.settled();
      const saved = view.save();
      expect(saved).toMatchObject({ kept: { axes: expect.stringMatching(/^[\w+/]+=*$/) as string } });
      const [own, twin] = [null, saved].map((state) => new TrajectoryView(context, state));
      expect(must(twin).save()).toEqual(saved);
      await Promise.all([must(own).fits.settled(), must(twin).fits.settled()]);
      expect(places(must(twin))).toEqual(places(view));
      expect(places(must(own))).not.toEqual(places(view));
      // A state may come before its run.
      const early = new TrajectoryView(new TestContext(runOf(TOKENS)), saved);
      await early.fits.settled();
      expect(early.save()).toEqual(saved);
      (early.context as TestContext).run = context.run;
      flushSync();
      await early.fits.settled();
      expect(early.save()).toEqual(saved);
      expect(places(early)).toEqual(places(view));
      early.close();
      // So do a text's own axes, though those of its beginning would have stayed while it grew.
      const grown = new TrajectoryView(new TestContext(runOf(TOKENS)), must(own).save());
      await grown.fits.settled();
      (grown.context as TestContext).run = context.run;
      flushSync();
      await grown.fits.settled();
      expect(places(grown)).toEqual(places(must(own)));
      grown.close();
      // Back to its own axes, as an undo would go.
      await view.show(must(own).save());
      await view.fits.settled();
      expect(places(view)).toEqual(places(must(own)));
      for (const other of [own, twin]) must(other).close();
    });
  });

  test('goes on on another device after a loss', async () => {
    const errors: Error[] = [];
    const next = await Gpu.create({ onError: (error) => errors.push(error) });
    await open(runOf(TOKENS), async (context) => {
      const label = () => pane.querySelector('.labels .axis');
      await soon(label).not.toBeNull();
      await soon(() => coloursShown(pane, context)).toBeGreaterThan(8);
      context.run = fakeRun(next, { tokens: TOKENS, layers: 3, heads: 4 });
      flushSync();
      await soon(() => pane.querySelector('[aria-busy="true"]')).toBeNull();
      await soon(() => coloursShown(pane, context)).toBeGreaterThan(8);
      await next.idle();
    });
    expect(errors).toEqual([]);
    await soon(() => next.memory().scratch).toBe(0);
    next.destroy();
  });

  test('shows an error and what to do', async () => {
    const broken = runOf(TOKENS);
    const fail = () => Promise.reject(new Error('the state is torn'));
    const run: Run = {
      ...broken,
      activations: new Map(
        [...broken.activations].map(([name, activation]) => [name, { ...activation, lease: fail }]),
      ),
    };
    await open(run, async () => {
      await expect.poll(() => pane.querySelector('[role="alert"]')?.textContent).toMatch(/the state is torn/);
    });
  });
});

describe('trajectory', () => {
  test('names its axes with their share, and every token that has room', async () => {
    await open(runOf(TOKENS), async () => {
      await soon(() => pane.querySelectorAll('.labels .axis').length).toBe(3);
      for (const label of pane.querySelectorAll('.labels .axis'))
        expect(label.textContent).toMatch(/^PC[123] \d+(\.\d)? %$/);
      expect(pane.querySelectorAll('.labels .token').length).toBeGreaterThan(3);
    });
  });

  test('keys go from point to point, and the place is linked', async () => {
    await open(runOf(TOKENS), async ({ selection }) => {
      await soon(() => pane.querySelectorAll('.labels .axis').length).toBe(3);
      element('[role="application"]').focus();
      await userEvent.keyboard('{Shift>}{ArrowRight}{ArrowRight}{ArrowDown}{/Shift}');
      expect(selection.hovered).toEqual({ token: at(1), layer: 1 });
      await soon(said).toMatch(/^“·old” \(1\), after L1: /);
      await userEvent.keyboard('{Enter}');
      expect(selection.locked).toEqual({ token: at(1), layer: 1 });
    });
  });

  test('the pointer finds the point that is drawn under it', async () => {
    await open(runOf(TOKENS), async ({ selection }) => {
      await soon(() => pane.querySelectorAll('.labels .axis').length).toBe(3);
      const stage = element('[role="application"]');
      const found = new Set<number>();
      for (let x = 0; x < 1; x += 0.02)
        for (let y = 0; y < 1; y += 0.02) {
          point(stage, x, y);
          const { token } = selection.hovered ?? {};
          if (token !== undefined) found.add(token.index);
        }
      expect(found.size).toBe(TOKENS.length);
    });
  });

  test('lines can follow the tokens of one layer', async () => {
    await open(runOf(TOKENS), async ({ selection }) => {
      element('input[value="tokens"]').click();
      const slider = must(pane.querySelector<HTMLInputElement>('input[type="range"]'));
      slider.value = '1';
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      flushSync();
      expect(slider.getAttribute('aria-valuetext')).toBe('after L0');
      selection.lock({ token: at(3) });
      await soon(said).toMatch(/^“·looked” \(3\), after L0: /);
    });
  });

  test('keeps the camera, and flies to one that was saved', async () => {
    await open(runOf(TOKENS), async (_context, view) => {
      await soon(() => view.fit).not.toBeNull();
      const first = view.save();
      view.turn(0.5, 0.1);
      view.zoom(2);
      const turned = view.save();
      expect(turned).not.toEqual(first);
      const far = view.orbit.yaw;
      const flight = view.show(first, { animate: true });
      await soon(() => view.orbit.yaw).not.toBe(far);
      expect(view.orbit.yaw).toBeGreaterThan(view.home.yaw);
      await flight;
      expect(view.save()).toEqual(first);
      await view.show(turned);
      expect(view.save()).toEqual(turned);
      await view.show({ camera: [0, 'x', NaN], join: 'sideways', state: -1, sameLength: 7 });
      expect(view.save()).toEqual(turned);
    });
  });

  test('one token alone has no share of a variance, and while a text grows its points stay', async () => {
    await open(runOf(TOKENS.slice(0, 1)), async (context, view) => {
      view.chooseJoin('tokens');
      await soon(() => view.fit?.join).toBe('tokens');
      flushSync();
      expect(pane.querySelectorAll('.labels .axis')).toHaveLength(0);
      expect(pane.textContent).not.toContain('of the variance');
      view.chooseJoin('layers');
      const words = Array.from({ length: 42 }, (_, i) => TOKENS[i % TOKENS.length] ?? '');
      for (const count of [40, 41, 42]) {
        const before = view.fit?.coordinates;
        context.run = runOf(words.slice(0, count));
        flushSync();
        await soon(() => view.fit?.run).toBe(context.run);
        if (count === 40 || before === undefined) continue;
        const { places, tokens } = must(view.fit).coordinates;
        for (let token = 0; token < count - 1; token++)
          for (const axis of [0, 1, 2])
            expect(places[(tokens + token) * 3 + axis]).toBeCloseTo(
              before.places[(before.tokens + token) * 3 + axis] ?? NaN,
              3,
            );
      }
    });
  });

  test('as many points as a picture needs are one image in a figure, under its names', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => ` t${i}`);
    await open(runOf(many, 3, 1), async (_context, view) => {
      await soon(() => view.fit).not.toBeNull();
      const drawing = await view.drawing({ width: 300, height: 240, text: 12 });
      const group = must(drawing.marks.find((mark) => mark.kind === 'group'));
      const kinds = new Set(group.marks.map(({ kind }) => kind));
      expect(kinds).toEqual(new Set(['line', 'image', 'text']));
      const image = must(group.marks.find((mark) => mark.kind === 'image'));
      const pixels = 'rgba' in image.raster ? image.raster.rgba : [];
      expect([...pixels].some((value) => value > 0)).toBe(true);
    });
  });
});
