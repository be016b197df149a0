import { expect, test } from 'vitest';
import { rowTokens } from '../../../src/renderer/common/head-rows.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import {
  FONTS,
  headLayout,
  labelLengths,
  moveCell,
  visibleLabels,
} from '../../../src/renderer/views/attention-head/layout.ts';
import { cellSpan } from '../../../src/renderer/views/attention-head/pattern.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { readoutOf } from '../readout.ts';

const tokensOf = (texts: readonly string[]) =>
  texts.map((text, id): Token => ({ id, text, span: null, special: false }));
const labels = Array<number>(20).fill(8);
const room = {
  width: 700,
  height: 600,
  rows: 20,
  columns: 20,
  rowLabels: labels,
  columnLabels: labels,
  ratio: 1,
  fonts: FONTS.window,
};

test('square cells on whole device pixels, labels and cells within the pane', () => {
  for (const ratio of [1, 1.25, 2]) {
    const layout = headLayout({ ...room, ratio });
    const cell = (layout.width / 20) * ratio;
    expect(cell).toBeCloseTo(Math.round(cell), 6);
    expect(layout.height).toBe(layout.width);
    expect(layout.left + layout.width).toBeLessThanOrEqual(700);
    expect(layout.top + layout.height).toBeLessThanOrEqual(600);
  }
});

test('slanted labels need room at the right only where the last ones are long', () => {
  const narrow = { ...room, height: 2000 };
  const short = headLayout({ ...narrow, columnLabels: [...labels.slice(1), 1] });
  expect(short.width).toBeGreaterThan(headLayout(narrow).width);
});

test('a text longer than the screen fills it, one token is no wall', () => {
  const long = headLayout({ ...room, rows: 4000, columns: 4000 });
  expect(long.height).toBeGreaterThan(400);
  expect(headLayout({ ...room, rows: 1, columns: 1, rowLabels: [8], columnLabels: [8] }).width).toBe(72);
});

test('cross-attention keeps square cells', () => {
  const layout = headLayout({ ...room, rows: 5, columns: 30 });
  expect(layout.width / 30).toBeCloseTo(layout.height / 5, 6);
});

test('every token has a label where there is room; else words have, whole ones', () => {
  const tokens = tokensOf([...'Tecpan loessa'].map((letter) => letter));
  const shown = (from: number, to: number, pixels: number) =>
    visibleLabels(tokens, [from, to], pixels, 10, 'rows').map(({ text, at }) => [text, Math.round(at)]);
  expect(shown(0, 13, 13 * 12)).toHaveLength(13);
  expect(shown(0, 13, 40)).toEqual([
    ['Tecpan', 9],
    ['loessa', 31],
  ]);
  // Zoomed in, what is on screen has its labels, in the middle of its cells.
  expect(shown(2.5, 5.5, 300)).toEqual([
    ['c', 0],
    ['p', 100],
    ['a', 200],
    ['n', 300],
  ]);
  expect(labelLengths(tokens, 400, 10)).toEqual(tokens.map(() => 1));
  expect(labelLengths(tokens, 40, 10).filter((length) => length > 0)).toEqual([6, 6]);
});

test('rows of cross-attention say what the decoder read and what it wrote there', () => {
  const texts = (predicts: 'own' | 'next', kind: 'cross' | 'self' = 'cross') =>
    rowTokens(
      { facet: facetsOf({ readout: readoutOf(predicts) }) },
      { kind, queries: tokensOf(['un', ' caballo', '.']) },
    ).map(({ text }) => text);
  expect(texts('next')).toEqual(['un⇒caballo', 'caballo⇒.', '.⇒…']);
  expect(texts('own')).toEqual(['⟨start⟩⇒un', 'un⇒caballo', 'caballo⇒.']);
  expect(texts('next', 'self')).toEqual(['un', ' caballo', '.']);
});

test('keys move the cell within the pattern, past hidden columns', () => {
  const at = { row: 3, column: 1 };
  expect(moveCell('ArrowUp', at, 10, 10, 1)).toEqual({ row: 2, column: 1 });
  expect(moveCell('ArrowLeft', at, 10, 10, 1)).toEqual({ row: 3, column: 1 });
  expect(moveCell('PageDown', at, 10, 10, 1)).toEqual({ row: 9, column: 1 });
  expect(moveCell('End', at, 10, 10, 1)).toEqual({ row: 3, column: 9 });
  expect(moveCell('Home', at, 10, 10, 1)).toEqual({ row: 3, column: 1 });
  expect(moveCell('Tab', at, 10, 10, 1)).toBeNull();
});

test('pooled cells know what they stand for', () => {
  expect(cellSpan({ from: 10, to: 15, cells: 2 }, 0)).toEqual([10, 13]);
  expect(cellSpan({ from: 10, to: 15, cells: 2 }, 1)).toEqual([12, 15]);
});
