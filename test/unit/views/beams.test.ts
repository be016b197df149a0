import { describe, expect, test } from 'vitest';
import type { Run } from '../../../src/renderer/runs/run.ts';
import type { SearchNode } from '../../../src/renderer/runs/facets/search.ts';
import { svgOf } from '../../../src/renderer/drawing/svg.ts';
import { figureTheme } from '../../../src/renderer/drawing/theme.ts';
import { Selection } from '../../../src/renderer/state/window/selection.svelte.ts';
import { BeamsView } from '../../../src/renderer/views/beams/beams.svelte.ts';
import type { ViewContext } from '../../../src/renderer/views/view.ts';
import { beamsDrawing, beamsTable } from '../../../src/renderer/views/beams/drawing.ts';
import {
  layoutBeams,
  moveFrom,
  pathTo,
  positionOf,
  searchOf,
} from '../../../src/renderer/views/beams/tree.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { readoutOf } from '../readout.ts';

/** parent, text, step, probability of the whole; `!` ends, `*` is chosen. */
function nodes(...list: readonly [number | null, string, number, number][]): SearchNode[] {
  return list.map(([parent, text, step, probability], id) => ({
    parent,
    step,
    token: { id, text: text.replace(/[!*]/g, ''), span: null, special: false },
    logProbability: Math.log(probability),
    finished: text.includes('!'),
    chosen: text.includes('*'),
  }));
}

/** Two beams: “la casa” is chosen, “el” goes on for a step, “la” forks. */
const search = nodes(
  [null, 'la*', 0, 0.5],
  [null, 'el', 0, 0.6],
  [0, 'casa*', 1, 0.4],
  [0, 'roja', 1, 0.05],
  [2, '.!*', 2, 0.3],
  [2, ',', 2, 0.02],
);

describe('the layout', () => {
  const { nodes: placed, children, width, height } = layoutBeams(search);

  test('puts the chosen hypothesis on the first lane and no two nodes into one place', () => {
    expect(placed.filter(({ node }) => node.chosen).map(({ lane }) => lane)).toEqual([0, 0, 0]);
    const places = placed.map(({ node, lane }) => `${node.step} ${lane}`);
    expect(new Set(places).size).toBe(places.length);
    expect(children[0]).toEqual([2, 3]);
  });

  test('uses a lane again when the hypothesis on it has ended', () => {
    expect(placed[1]?.lane).toBe(1);
    expect(placed[3]?.lane).toBe(1);
    expect(placed[5]?.lane).toBe(1);
  });

  test('gives the probability of each token after the ones before it', () => {
    expect(placed[2]?.share).toBeCloseTo(0.8);
    expect(placed[3]?.share).toBeCloseTo(0.1);
    expect(placed.map(({ isDropped }) => isDropped)).toEqual([false, true, false, true, false, true]);
  });

  test('has room for all', () => {
    for (const { x, width: own } of placed) expect(x + own).toBeLessThan(width);
    expect(height).toBeGreaterThan(2 * 26);
    expect(layoutBeams([])).toMatchObject({ nodes: [], width: 14, height: 14 });
  });

  test('arrow keys go along the hypothesis and across a step', () => {
    const tree = layoutBeams(search);
    expect(moveFrom(tree, 0, 'ArrowRight')).toBe(2);
    expect(moveFrom(tree, 2, 'ArrowLeft')).toBe(0);
    expect(moveFrom(tree, 2, 'ArrowDown')).toBe(3);
    expect(moveFrom(tree, 3, 'ArrowUp')).toBe(2);
    expect(moveFrom(tree, 4, 'ArrowRight')).toBe(4);
    expect(moveFrom(tree, 4, 'Enter')).toBeNull();
  });
});

test('a path leads from the first token to a node', () => {
  expect(pathTo(search, 5)).toEqual([0, 2, 5]);
});

test('steps are positions of the run: one later where a start token stands before', () => {
  expect(positionOf(2, { facet: facetsOf({ readout: readoutOf('own') }) })).toBe(2);
  expect(positionOf(2, { facet: facetsOf({}) })).toBe(3);
});

test('a changed run shows the search of its original', () => {
  const base = { facet: facetsOf({ search }) } as unknown as Run;
  const run = { facet: facetsOf({ changes: { base, changes: [], difference: null } }) };
  expect(searchOf(run)).toBe(search);
  expect(searchOf({ facet: facetsOf({}) })).toBeNull();
});

test('is drawn, and written as a table', () => {
  const size = { width: 800, height: 600, text: 12 };
  const svg = (list: readonly SearchNode[]) =>
    svgOf(beamsDrawing(list, size), { theme: figureTheme('light'), transparent: false });
  expect(svg(nodes([null, '<a>&*', 0, 1]))).toContain('&lt;a&gt;&amp;');
  expect(svg(search).match(/<path/g)).toHaveLength(4);
  const { columns, rows } = beamsTable(search);
  const row = Object.fromEntries(columns.map((name, i) => [name, [...rows][2]?.[i]]));
  expect(row).toEqual({
    ...{ index: 2, parent: 0, step: 1, id: 2, token: 'casa', finished: 0, chosen: 1 },
    log_probability: Math.fround(Math.log(0.4)),
  });
});

describe('keys', () => {
  function viewOf(selection: Selection): BeamsView {
    const run = {
      facet: facetsOf({ search }),
      tokens: search.filter(({ chosen }) => chosen).map(({ token }) => token),
    };
    const context = { run, selection, size: 'window', decoding: { options: {}, set: () => undefined } };
    return new BeamsView(context as unknown as ViewContext, null);
  }
  /** The token that a step found: what the decoder begins with stands before it. */
  const token = (step: number) => ({ token: { side: 'target', index: step + 1 } });

  test('preview while nothing is locked, as the pointer does', () => {
    const selection = new Selection();
    const view = viewOf(selection);
    view.step(2);
    expect(view.looked).toBe(2);
    expect(selection).toMatchObject({ hovered: token(1), locked: null });
  });

  test('take a locked token along, over nodes that were not chosen and back', () => {
    const selection = new Selection();
    const view = viewOf(selection);
    view.choose(0);
    expect(selection.locked).toEqual(token(0));
    view.step(2);
    expect(selection).toMatchObject({ hovered: null, locked: token(1) });
    view.step(3);
    expect([view.locked, view.looked]).toEqual([3, 3]);
    view.step(2);
    expect([view.locked, view.looked, selection.locked]).toEqual([null, 2, token(1)]);
  });
});
