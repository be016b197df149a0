import { flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import '../../../src/renderer/ui/tokens.css';
import '../../../src/renderer/ui/base.css';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { selection } from '../../../src/renderer/state/window/selection.svelte.ts';
import { display } from '../../../src/renderer/common/attention-display.svelte.ts';
import Trajectory from '../../../src/renderer/views/trajectory/Trajectory.svelte';
import type { ViewProps } from '../../../src/renderer/views/view.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { fakeRun } from './fake-run.ts';
import { Props } from './props.svelte.ts';

const TOKENS = ['The', ' old', ' captain', ' looked', ' at', ' the', ' sea', '.'];
const holder = testGpu();
const views: Readonly<Record<string, Component<ViewProps>>> = { Trajectory };

/** Waits for a state: kernels compile slowly on machines without a GPU. */
const soon = <Value>(read: () => Value) => expect.poll(read, { timeout: 60_000 });

let pane: HTMLElement;
beforeEach(() => {
  pane = document.createElement('div');
  pane.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 640px; height: 520px';
  document.body.append(pane);
});
afterEach(() => {
  pane.remove();
  selection.clear();
  selection.head = { layer: 0, head: 0 };
  display.log = false;
  display.hideFirst = false;
});

/** A token of the run's own. */
const at = (index: number) => ({ side: 'target', index }) as const;

const runOf = (tokens: readonly string[], layers = 3, heads = 4) =>
  fakeRun(holder.gpu, { tokens, layers, heads });

/** Opens a view for as long as the test lasts. */
async function open(
  view: Component<ViewProps>,
  run: Run,
  use: (props: Props) => Promise<void>,
): Promise<void> {
  const props = new Props(run);
  const mounted = mount(view, { target: pane, props });
  try {
    await soon(() => pane.querySelector('[aria-busy="true"]')).toBeNull();
    await use(props);
  } finally {
    await unmount(mounted);
  }
}

const said = () => pane.querySelector('[aria-live]')?.textContent ?? '';
const element = (selector: string) => must(pane.querySelector<HTMLElement>(selector));

/** Moves the pointer to a place of an element, as parts of it. */
function point(target: HTMLElement, x: number, y: number, type = 'pointermove'): void {
  const box = target.getBoundingClientRect();
  const clientX = box.left + box.width * x;
  const clientY = box.top + box.height * y;
  target.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientX, clientY }));
  flushSync();
}

/** How many colours a view's canvas shows when it is painted next, which another hovered token makes it do. */
async function coloursShown(): Promise<number> {
  selection.hover({ token: at(selection.hovered?.token?.index === 1 ? 2 : 1) });
  flushSync();
  // In the frame of the painting: later a WebGPU canvas can't be read.
  await new Promise(requestAnimationFrame);
  const canvas = must(pane.querySelector('canvas'));
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = must(copy.getContext('2d'));
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}

describe.each(Object.entries(views))('%s', (_name, view) => {
  test('has a name, and takes a run of one token and one head', async () => {
    await open(view, runOf(['x'], 1, 1), async () => {
      expect(element('section').getAttribute('aria-label')).toMatch(/\w+/);
      await soon(() => pane.querySelector('[role="alert"]')).toBeNull();
    });
  });

  test('says what is missing in a run without attention and hidden states', async () => {
    const bare: Run = { ...runOf(TOKENS), attention: [], activations: new Map() };
    await open(view, bare, async () => {
      expect(element('[role="status"]').textContent).toMatch(/This run has no/);
    });
  });

  test('follows from run to run and gives everything back', async () => {
    const runs = [runOf(TOKENS), runOf([...TOKENS, ' And', ' more'])] as const;
    const before = holder.gpu.memory();
    await open(view, runs[0], async (props) => {
      props.run = runs[1];
      flushSync();
      point(element('canvas'), 0.5, 0.5);
      props.run = runs[0];
      flushSync();
    });
    await soon(() => holder.gpu.memory().scratch).toBe(before.scratch);
    await soon(() => holder.gpu.memory().activations).toBe(before.activations);
    expect(holder.gpu.isLost).toBe(false);
  });

  test('goes on on another device after a loss', async () => {
    const errors: Error[] = [];
    const next = await Gpu.create({ onError: (error) => errors.push(error) });
    await open(view, runOf(TOKENS), async (props) => {
      const label = () => pane.querySelector('.labels .axis, [role="gridcell"], .plot');
      await soon(label).not.toBeNull();
      await soon(coloursShown).toBeGreaterThan(8);
      props.run = fakeRun(next, { tokens: TOKENS, layers: 3, heads: 4 });
      flushSync();
      await soon(() => pane.querySelector('[aria-busy="true"]')).toBeNull();
      await soon(coloursShown).toBeGreaterThan(8);
      await next.idle();
    });
    expect(errors).toEqual([]);
    await soon(() => next.memory().scratch).toBe(0);
    next.destroy();
  });

  test('shows an error and what to do', async () => {
    const broken = runOf(TOKENS);
    const fail = () => Promise.reject(new Error('the pattern is torn'));
    const run: Run = {
      ...broken,
      attention: broken.attention.map((map) => ({ ...map, tiles: fail })),
      activations: new Map(
        [...broken.activations].map(([name, activation]) => [name, { ...activation, lease: fail }]),
      ),
    };
    await open(view, run, async () => {
      await expect
        .poll(() => pane.querySelector('[role="alert"]')?.textContent)
        .toMatch(/the pattern is torn/);
    });
  });
});

describe('trajectory', () => {
  test('names its axes with their share, and every token that has room', async () => {
    await open(Trajectory, runOf(TOKENS), async () => {
      await soon(() => pane.querySelectorAll('.labels .axis').length).toBe(3);
      for (const label of pane.querySelectorAll('.labels .axis'))
        expect(label.textContent).toMatch(/^PC[123] \d+(\.\d)? %$/);
      expect(pane.querySelectorAll('.labels .token').length).toBeGreaterThan(3);
    });
  });

  test('keys go from point to point, and the place is linked', async () => {
    await open(Trajectory, runOf(TOKENS), async () => {
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
    await open(Trajectory, runOf(TOKENS), async () => {
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
    await open(Trajectory, runOf(TOKENS), async () => {
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
});
