import { expect, test } from 'vitest';
import type { TokenRef } from '../../../src/renderer/runs/place.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { fitSelection, Selection } from '../../../src/renderer/state/window/selection.svelte.ts';

/** What a selection asks of a run. */
function run(ids: readonly number[], { model = 'a', layers = 2, heads = 2 } = {}): Run {
  return {
    model: { id: model },
    layers,
    heads,
    sourceTokens: null,
    tokens: ids.map((id) => ({ id })),
  } as unknown as Run;
}

const target = (index: number): TokenRef => ({ side: 'target', index });
const source = (index: number): TokenRef => ({ side: 'source', index });

function selecting(hovered: number, locked: number): Selection {
  const selection = new Selection();
  selection.lock({ token: target(locked) });
  selection.hover({ token: target(hovered), layer: 1, head: 1 });
  return selection;
}

test('what is pointed at and what is locked stay while their tokens do', () => {
  const selection = selecting(1, 2);
  fitSelection(selection, 'A', run([1, 2, 3]), run([1, 2, 3, 4]));
  expect(selection.lookedHead).toEqual({ layer: 1, head: 1 });
  expect(selection.locked).toEqual({ token: target(2) });
});

test('keys move what is locked along, and preview while nothing is; what was pointed at gives way', () => {
  const selection = new Selection();
  selection.step({ token: target(1) });
  expect([selection.hovered, selection.locked]).toEqual([{ token: target(1) }, null]);
  selection.lock({ token: target(2) });
  selection.hover({ token: target(5) });
  selection.step({ token: target(3) });
  expect(selection.current).toEqual({ token: target(3) });
  expect(selection.locked).toEqual({ token: target(3) });
});

test('a place whose tokens are others is let go of', () => {
  const selection = selecting(2, 1);
  fitSelection(selection, 'A', run([1, 2, 3]), run([1, 2, 9]));
  expect(selection.hovered).toBeNull();
  expect(selection.locked).toEqual({ token: target(1) });
  fitSelection(selection, 'A', run([1, 2, 9]), run([1]));
  expect(selection.locked).toBeNull();
});

test('another model keeps nothing, but what another slot points at', () => {
  const selection = selecting(0, 0);
  fitSelection(selection, 'A', run([1]), run([1], { model: 'b', heads: 1 }));
  expect([selection.hovered, selection.locked]).toEqual([null, null]);
  const elsewhere = { token: { ...target(7), slot: 'B' } };
  selection.lock(elsewhere);
  fitSelection(selection, 'A', run([1]), run([1], { model: 'c' }));
  expect(selection.locked).toEqual(elsewhere);
});

test('a source token stays while the source does, whatever the output is', () => {
  const translated = (from: readonly number[], to: readonly number[]): Run => ({
    ...run(to),
    sourceTokens: run(from).tokens,
  });
  const selection = new Selection();
  selection.lock({ token: target(0), key: source(1) });
  fitSelection(selection, 'A', translated([1, 2], [7]), translated([1, 2], [7, 8]));
  expect(selection.locked).toEqual({ token: target(0), key: source(1) });
  fitSelection(selection, 'A', translated([1, 2], [7]), translated([1, 3], [7]));
  expect(selection.locked).toBeNull();
  selection.lock({ token: source(1) });
  fitSelection(selection, 'A', translated([1, 3], [7]), translated([1, 3], [9]));
  expect(selection.locked).toEqual({ token: source(1) });
  fitSelection(selection, 'A', translated([1, 3], [9]), run([1, 3]));
  expect(selection.locked).toBeNull();
});
