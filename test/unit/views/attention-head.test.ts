import { expect, test } from 'vitest';
import type { AttentionMap, Token } from '../../../src/renderer/runs/run.ts';
import { cellSpan, headTable, spanName } from '../../../src/renderer/views/attention-head/export.ts';
import { axisLabels, headLayout, moveCell } from '../../../src/renderer/views/attention-head/layout.ts';
import { csv } from '../../../src/renderer/common/download.ts';

const tokens = ['The', ' sea', ', "x"'].map((text, id): Token => ({ id, text, span: null, special: false }));
const labels = Array<number>(20).fill(8);
const room = {
  width: 700,
  height: 600,
  rows: 20,
  columns: 20,
  rowLabels: labels,
  columnLabels: labels,
  ratio: 1,
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

test('labels stand in the middle of their cells, every so many', () => {
  expect(axisLabels(0, 4, 400, 1)).toEqual([
    { index: 0, at: 50 },
    { index: 1, at: 150 },
    { index: 2, at: 250 },
    { index: 3, at: 350 },
  ]);
  expect(axisLabels(0, 100, 500, 20).map(({ index }) => index)).toEqual([0, 20, 40, 60, 80]);
  expect(axisLabels(10.6, 14.6, 400, 1).map(({ index }) => index)).toEqual([11, 12, 13, 14]);
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

test('a table has a row for each query and says what pooled cells stand for', () => {
  const map = { queries: tokens, keys: tokens } as unknown as AttentionMap;
  const side = { from: 0, to: 3, cells: 3 };
  const rows = headTable(
    { map, rows: side, columns: side },
    Float32Array.of(1, 0, 0, 0.5, 0.5, 0, 0.25, 0.25, 0.5),
  );
  expect(rows[0]).toEqual(['query \\ key', '0 The', '1  sea', '2 , "x"']);
  expect(rows[2]).toEqual(['1  sea', 0.5, 0.5, 0]);
  expect(csv(rows).split('\r\n')[3]).toBe('"2 , ""x""",0.25,0.25,0.5');
  expect(cellSpan({ from: 10, to: 15, cells: 2 }, 0)).toEqual([10, 13]);
  expect(cellSpan({ from: 10, to: 15, cells: 2 }, 1)).toEqual([12, 15]);
  expect(spanName(tokens, [0, 3])).toBe('0–2');
});
