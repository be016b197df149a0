import { expect, test } from 'vitest';
import {
  cornerOf,
  gridLayout,
  headAt,
  moveHead,
  thumbnailCells,
} from '../../../src/renderer/views/attention-grid/layout.ts';

test('thumbnails fill the pane and stay within it', () => {
  for (const [width, height, layers, heads] of [
    [700, 600, 6, 8],
    [500, 700, 12, 12],
    [900, 900, 1, 1],
  ] as const) {
    const layout = gridLayout(width, height, layers, heads);
    expect(layout.width).toBeLessThanOrEqual(width);
    expect(layout.height).toBeLessThanOrEqual(height);
    expect(Math.max(layout.width / width, layout.height / height)).toBeGreaterThan(0.9);
  }
});

test('many heads in a small pane stay large enough, and the content scrolls', () => {
  const layout = gridLayout(400, 300, 24, 16);
  expect(layout.size).toBe(28);
  expect(layout.height).toBeGreaterThan(300);
});

test('the head and the place in it under the pointer', () => {
  const layout = gridLayout(700, 600, 6, 8);
  const { x, y } = cornerOf(layout, 2, 5);
  expect(headAt(layout, 6, 8, { x, y })).toEqual({ layer: 2, head: 5, x: 0, y: 0 });
  const middle = headAt(layout, 6, 8, { x: x + layout.size / 2, y: y + layout.size / 4 });
  expect(middle).toEqual({ layer: 2, head: 5, x: 0.5, y: 0.25 });
  expect(headAt(layout, 6, 8, { x: x - 1, y })).toBeNull();
  expect(headAt(layout, 6, 8, { x: 2, y: 2 })).toBeNull();
  expect(headAt(layout, 6, 8, { x: layout.width + 50, y })).toBeNull();
});

test('cells are whole device pixels where that costs little, and pooled where they have none', () => {
  for (const ratio of [1, 1.5, 2]) {
    const { size } = gridLayout(700, 600, 6, 8, 20, ratio);
    expect((size * ratio) / 20).toBeCloseTo(Math.round((size * ratio) / 20), 9);
  }
  const loose = gridLayout(700, 600, 6, 8);
  expect(gridLayout(700, 600, 6, 8, 20).width).toBeLessThanOrEqual(loose.width);
  expect(gridLayout(700, 600, 6, 8, loose.size - 10).size).toBe(loose.size - 10);
  expect(gridLayout(700, 600, 6, 8, Math.round(loose.size * 0.6)).size).toBe(loose.size);
  expect(thumbnailCells(10, 64)).toBe(10);
  expect(thumbnailCells(500, 64)).toBe(64);
  expect(thumbnailCells(1, 0)).toBe(1);
});

test('arrow keys stay within the grid', () => {
  expect(moveHead('ArrowRight', 0, 3, 2, 4)).toEqual({ layer: 0, head: 3 });
  expect(moveHead('ArrowLeft', 0, 3, 2, 4)).toEqual({ layer: 0, head: 2 });
  expect(moveHead('ArrowDown', 0, 3, 2, 4)).toEqual({ layer: 1, head: 3 });
  expect(moveHead('ArrowUp', 0, 3, 2, 4)).toEqual({ layer: 0, head: 3 });
  expect(moveHead('Home', 1, 3, 2, 4)).toEqual({ layer: 1, head: 0 });
  expect(moveHead('End', 1, 0, 2, 4)).toEqual({ layer: 1, head: 3 });
  expect(moveHead('x', 0, 0, 2, 4)).toBeNull();
});
