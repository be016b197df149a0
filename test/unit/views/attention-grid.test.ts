import { expect, test } from 'vitest';
import {
  cornerOf,
  gridLayout,
  headAt,
  moveHead,
  shorterSide,
  thumbnailCells,
} from '../../../src/renderer/views/attention-grid/layout.ts';

const room = { width: 700, height: 600, layers: 6, heads: 8, rows: 1, columns: 1, ratio: 1 };
const gridOf = (change: Partial<typeof room> = {}) => gridLayout({ ...room, ...change, size: 'window' });

test('thumbnails fill the pane and stay within it', () => {
  for (const [width, height, layers, heads] of [
    [700, 600, 6, 8],
    [500, 700, 12, 12],
    [900, 900, 1, 1],
  ] as const) {
    const layout = gridOf({ width, height, layers, heads });
    expect(layout.width).toBeLessThanOrEqual(width);
    expect(layout.height).toBeLessThanOrEqual(height);
    expect(Math.min(layout.width / width, layout.height / height)).toBeGreaterThan(0.9);
  }
  // Twelve layers of twelve heads have room in half of a small window.
  const small = gridOf({ width: 420, height: 360, layers: 12, heads: 12, rows: 20, columns: 20 });
  expect(small.width).toBeLessThanOrEqual(420);
  expect(small.height).toBeLessThanOrEqual(360);
  expect(Math.min(small.width / 420, small.height / 360)).toBeGreaterThan(0.8);
});

test('many heads in a small pane stay large enough, and the content scrolls', () => {
  const layout = gridOf({ width: 400, height: 300, layers: 24, heads: 16 });
  expect(layout.thumb).toEqual({ width: 18, height: 18 });
  expect(layout.height).toBeGreaterThan(300);
});

test('the head and the place in it under the pointer', () => {
  const layout = gridOf();
  const { x, y } = cornerOf(layout, 2, 5);
  expect(headAt(layout, 6, 8, { x, y })).toEqual({ layer: 2, head: 5, x: 0, y: 0 });
  const middle = headAt(layout, 6, 8, { x: x + layout.thumb.width / 2, y: y + layout.thumb.height / 4 });
  expect(middle).toEqual({ layer: 2, head: 5, x: 0.5, y: 0.25 });
  expect(headAt(layout, 6, 8, { x: x - 1, y })).toBeNull();
  expect(headAt(layout, 6, 8, { x: 2, y: 2 })).toBeNull();
  expect(headAt(layout, 6, 8, { x: layout.width + 50, y })).toBeNull();
});

test('cells are whole device pixels where that costs little, and pooled where they have none', () => {
  for (const ratio of [1, 1.5, 2]) {
    const { thumb } = gridOf({ rows: 20, columns: 18, ratio });
    expect((thumb.height * ratio) / 20).toBeCloseTo(Math.round((thumb.height * ratio) / 20), 9);
    expect((thumb.width * ratio) / 18).toBeCloseTo(Math.round((thumb.width * ratio) / 18), 9);
  }
  const loose = gridOf().thumb.width;
  expect(gridOf({ columns: loose - 5 }).thumb.width).toBe(loose - 5);
  expect(gridOf({ columns: Math.round(loose * 0.6) }).thumb.width).toBe(loose);
  expect(thumbnailCells(10, 64)).toBe(10);
  expect(thumbnailCells(500, 64)).toBe(64);
  expect(thumbnailCells(1, 0)).toBe(1);
});

test('what lies between cells is told by their shorter side: a long answer to a short text has flat ones', () => {
  const thumb = { width: 240, height: 130 };
  expect(shorterSide({ thumb }, { rows: 130, columns: 12 })).toBe(1);
  expect(shorterSide({ thumb }, { rows: 13, columns: 48 })).toBe(5);
});

test('arrow keys stay within the grid', () => {
  expect(moveHead('ArrowRight', 0, 3, 2, 4)).toEqual({ layer: 0, head: 3 });
  expect(moveHead('ArrowLeft', 0, 3, 2, 4)).toEqual({ layer: 0, head: 2 });
  expect(moveHead('ArrowDown', 0, 3, 2, 4)).toEqual({ layer: 1, head: 3 });
  expect(moveHead('ArrowUp', 0, 3, 2, 4)).toEqual({ layer: 0, head: 3 });
  expect(moveHead('Home', 1, 3, 2, 4)).toEqual({ layer: 1, head: 0 });
  expect(moveHead('End', 1, 0, 2, 4)).toEqual({ layer: 1, head: 3 });
  expect(moveHead('PageDown', 5, 1, 32, 4)).toEqual({ layer: 15, head: 1 });
  expect(moveHead('PageUp', 5, 1, 32, 4)).toEqual({ layer: 0, head: 1 });
  expect(moveHead('x', 0, 0, 2, 4)).toBeNull();
});
