import { expect, test } from 'vitest';
import type { LensTable } from '../../../src/renderer/analysis/lens.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { curvesDrawing } from '../../../src/renderer/views/lens/curves.ts';
import { lensDrawing } from '../../../src/renderer/views/lens/drawing.ts';
import { findToken } from '../../../src/renderer/views/lens/find-token.ts';
import { answersOf, measureDomain, measureOf, onScale } from '../../../src/renderer/views/lens/measures.ts';
import { lensTable } from '../../../src/renderer/views/lens/table.ts';

const [DEPTH, T] = [3, 2];
const NONE = [NaN, NaN, NaN, NaN];
/** Two layers and the embeddings over two positions, one answer each; the last position is not computed yet. */
const TABLE: LensTable = {
  ...{ depth: DEPTH, positions: T, k: 1 },
  top: Float32Array.from([2, 1.5, 0.25, NaN, NaN, NaN, 3, 2, 0.5, NaN, NaN, NaN, 1, 4, 0.75, NaN, NaN, NaN]),
  divergence: Float32Array.from([2, NaN, 0.5, NaN, 0, NaN]),
  chosen: Uint32Array.from([1, 0]),
  // Logit, probability, rank and surprisal.
  scores: Float32Array.from(
    [[-1, 0.01, 9, 4.6], NONE, [1, 0.125, 3, 2.08], NONE, [4, 0.75, 1, 0.29], NONE].flat(),
  ),
};
const WORDS = ['a', ' Peleg', 'Peleg', ' harbor'];
const token = (id: number): Token => ({ id, text: WORDS[id] ?? '', span: null, special: false });
const lens = { vocabulary: 4, token };
const run = { model: { id: 'm', name: 'whale', family: '', modelType: '' }, tokens: [token(3), token(0)] };
const picture = { run, lens, table: TABLE, first: 0, followed: null, looked: { layer: 1, position: 0 } };
const SIZE = { width: 600, height: 400, text: 12 };

test('a cell says its answer and what is measured of it; what is not computed says nothing', () => {
  expect(answersOf(TABLE, 1, 0)).toEqual([{ id: 3, logit: 2, probability: 0.5 }]);
  expect(answersOf(TABLE, 1, 1)).toEqual([]);
  expect(
    (['answer', 'probability', 'rank', 'logit', 'divergence'] as const).map((name) =>
      measureOf(TABLE, name, 1, 0),
    ),
  ).toEqual([0.5, 0.125, 3, 1, 0.5]);
  expect(measureOf(TABLE, 'rank', 1, 1)).toBeNaN();
});

test('a cell whose logits are not numbers is marked, and names no answer', () => {
  const top = TABLE.top.map((value, at) => (at === 7 || at === 8 ? NaN : value));
  const broken = { ...TABLE, top };
  expect(answersOf(broken, 1, 0)).toEqual([]);
  const { marks } = lensDrawing({ ...picture, table: broken, measure: 'answer' }, SIZE);
  const cell = marks.find((mark) => mark.kind === 'group' && mark.id === '1 0');
  const [ground, answer] = cell?.kind === 'group' ? cell.marks : [];
  expect([ground, answer]).toMatchObject([{ fill: 'danger' }, { text: 'NaN' }]);
});

test('scales: shares up to 1, the best rank at the top, KL from 0, logits from the least', () => {
  expect(measureDomain(TABLE, 'answer', 4)).toEqual({ low: 0, high: 1, log: false });
  expect(measureDomain(TABLE, 'rank', 4)).toEqual({ low: 0.25, high: 1, log: true });
  expect(measureDomain(TABLE, 'divergence', 4)).toEqual({ low: 0, high: 2, log: false });
  expect(measureDomain(TABLE, 'logit', 4)).toEqual({ low: -1, high: 4, log: false });
  expect(onScale('rank', 3)).toBeCloseTo(1 / 3, 12);
});

test('the heatmap has a cell for each layer and position, the last layer at the top', () => {
  const { marks } = lensDrawing({ ...picture, measure: 'answer' }, SIZE);
  const cells = marks.filter((mark) => mark.kind === 'group');
  expect(cells).toHaveLength(DEPTH * T);
  const at = (id: string) => cells.find((cell) => cell.id === id)?.y ?? NaN;
  expect(at('2 0')).toBeLessThan(at('0 0'));
  const words = (id: string) =>
    cells.find((cell) => cell.id === id)?.marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  expect([words('0 0'), words('1 0'), words('2 0'), words('2 1')]).toEqual([
    ['Peleg'],
    ['·harbor'],
    ['·Peleg'],
    [],
  ]);
});

test('where not all positions have room, the picture says which have', () => {
  const words = (width: number, first: number) =>
    lensDrawing({ ...picture, measure: 'answer', first }, { ...SIZE, width })
      .marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []))
      .filter((text) => text.startsWith('positions'));
  expect(words(2000, 0)).toEqual([]);
  expect(words(SIZE.text * 15, 1)).toEqual(['positions 1 to 1 of 2']);
  // Under the scale, where it has no room beside it.
  const { marks } = lensDrawing({ ...picture, measure: 'answer' }, { ...SIZE, width: SIZE.text * 15 });
  const yOf = (start: string) =>
    marks.flatMap((mark) => (mark.kind === 'text' && mark.text.startsWith(start) ? [mark.y] : []));
  expect(yOf('positions')[0]).toBeGreaterThan(Math.max(...yOf('probability')) + SIZE.text);
});

test('the scale stays within a narrow picture', () => {
  const width = SIZE.text * 19;
  const { marks } = lensDrawing({ ...picture, measure: 'answer' }, { ...SIZE, width });
  const bars = marks.filter((mark) => mark.kind === 'image');
  expect(bars).toHaveLength(1);
  for (const mark of bars) expect(mark.x + mark.width).toBeLessThan(width);
});

test('curves: one for each position, the looked-at one bold, of what is known', () => {
  const { marks } = curvesDrawing({ ...picture, measure: 'probability' }, SIZE);
  const curves = marks.filter((mark) => mark.kind === 'polyline');
  expect(curves.map(({ id, points }) => [id, points.length])).toEqual([
    ['curve 1', 0],
    ['curve 0', 2 * DEPTH],
  ]);
});

test('the table has a row for each cell, and empty fields where nothing is known', () => {
  const { rows, arrays } = lensTable(run, lens, TABLE);
  const [first, second] = [...rows];
  expect(first).toEqual([0, 0, ' harbor', 2, 'Peleg', 0.25, 1.5, 2, 1, -1, expect.closeTo(0.01, 6), 9]);
  expect(second?.slice(3, 7)).toEqual([null, null, null, null]);
  expect(arrays.find(({ name }) => name === 'followed.ranks')?.shape).toEqual([DEPTH, T]);
});

test('a token is found as it is written, as it is shown, and with a space before it', async () => {
  expect(await findToken(lens, 'Peleg')).toBe(2);
  expect(await findToken(lens, '·Peleg')).toBe(1);
  expect(await findToken(lens, 'harbor')).toBe(3);
  expect(await findToken(lens, 'whale')).toBeNull();
});
