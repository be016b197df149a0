import { describe, expect, test } from 'vitest';
import {
  cellAt,
  inside,
  isWhole,
  pan,
  place,
  reveal,
  tileSide,
  whole,
  zoomAt,
  type Bounds,
} from '../../../src/renderer/common/heatmap/viewport.ts';

const bounds: Bounds = { rows: 100, columns: 200, firstColumn: 0 };

describe('cells under the pointer', () => {
  test('the corners of the screen are the corners of the matrix', () => {
    const view = whole(bounds);
    expect(cellAt(view, 0, 0)).toEqual({ row: 0, column: 0 });
    expect(cellAt(view, 0.9999, 0.9999)).toEqual({ row: 99, column: 199 });
    expect(cellAt(view, 1, 0.5)).toBeNull();
    expect(cellAt(view, 0.5, -0.001)).toBeNull();
  });

  test('hidden leading columns are skipped', () => {
    expect(cellAt(whole({ rows: 3, columns: 3, firstColumn: 1 }), 0, 0)).toEqual({ row: 0, column: 1 });
  });

  test('a part of a cell at the edge of a zoomed view is that cell', () => {
    expect(cellAt({ left: 10.5, top: 3.25, right: 20.5, bottom: 13.25 }, 0, 0)).toEqual({
      row: 3,
      column: 10,
    });
    expect(cellAt({ left: 10.5, top: 3.25, right: 20.5, bottom: 13.25 }, 0.06, 0)).toEqual({
      row: 3,
      column: 11,
    });
  });
});

describe('zoom and pan', () => {
  test('the point under the pointer keeps its place', () => {
    const view = zoomAt(whole(bounds), bounds, 4, 0.3, 0.6);
    expect(view.right - view.left).toBeCloseTo(50);
    expect(view.left + (view.right - view.left) * 0.3).toBeCloseTo(60);
    expect(view.top + (view.bottom - view.top) * 0.6).toBeCloseTo(60);
  });

  test('in and out again shows everything', () => {
    const close = zoomAt(whole(bounds), bounds, 8, 0.9, 0.1);
    expect(isWhole(close, bounds)).toBe(false);
    const back = zoomAt(close, bounds, 1 / 8, 0.5, 0.5);
    expect(back).toEqual(whole(bounds));
    expect(isWhole(back, bounds)).toBe(true);
  });

  test('no closer than a few cells, and all of a small matrix', () => {
    const view = zoomAt(whole(bounds), bounds, 1e6, 0.5, 0.5);
    expect(view.right - view.left).toBe(4);
    const tiny: Bounds = { rows: 1, columns: 1, firstColumn: 0 };
    expect(zoomAt(whole(tiny), tiny, 10, 0.5, 0.5)).toEqual(whole(tiny));
  });

  test('the edges of the matrix stop it', () => {
    const view = zoomAt(whole(bounds), bounds, 2, 0.5, 0.5);
    expect(pan(view, bounds, 1000, -1000)).toEqual({ left: 100, top: 0, right: 200, bottom: 50 });
    expect(inside({ left: -5, top: -5, right: 500, bottom: 500 }, bounds)).toEqual(whole(bounds));
  });

  test('a cell is brought on screen by the smallest move', () => {
    const view = { left: 50, top: 50, right: 60, bottom: 60 };
    expect(reveal(view, bounds, 55, 55)).toEqual(view);
    expect(reveal(view, bounds, 70, 45)).toEqual({ left: 45, top: 61, right: 55, bottom: 71 });
  });
});

describe('tiles at the resolution of the screen', () => {
  test('exact where every cell has a pixel', () => {
    expect(tileSide(0, 100, 100, 500)).toEqual({ from: 0, to: 100, cells: 100 });
    expect(tileSide(10.5, 20.2, 100, 500)).toEqual({ from: 10, to: 21, cells: 11 });
  });

  test('pooled by whole cells otherwise, never finer than the screen', () => {
    expect(tileSide(0, 4096, 4096, 800)).toEqual({ from: 0, to: 4096, cells: 683 });
    expect(tileSide(0, 7, 7, 4)).toEqual({ from: 0, to: 7, cells: 4 });
  });

  test('cuts stay where they are when the view moves by less than a cell of the screen', () => {
    const a = tileSide(100, 900, 4096, 200);
    const b = tileSide(101, 901, 4096, 200);
    expect(a).toEqual({ from: 100, to: 900, cells: 200 });
    expect(b.from).toBe(100);
    expect((b.to - b.from) / b.cells).toBe(4);
  });

  test('hidden leading columns are never asked for', () => {
    expect(tileSide(1, 4096, 4096, 800, 1).from).toBe(1);
  });

  test('every tile covers what is asked for and has at least one cell', () => {
    for (const [from, to, limit, pixels] of [
      [0, 1, 1, 1],
      [0.4, 0.6, 5, 100],
      [3, 4097, 5000, 3],
      [4990.5, 5000, 5000, 2],
    ] as const) {
      const side = tileSide(from, to, limit, pixels);
      expect(side.from).toBeLessThanOrEqual(from);
      expect(side.to).toBeGreaterThanOrEqual(to);
      expect(side.to).toBeLessThanOrEqual(limit);
      expect(side.cells).toBeGreaterThanOrEqual(1);
      expect(side.cells).toBeLessThanOrEqual(side.to - side.from);
    }
  });
});

test('a span keeps its proportion on the screen', () => {
  expect(place(0, 100, 0, 100, 500)).toEqual({ at: 0, size: 500 });
  expect(place(10, 20, 15, 25, 100)).toEqual({ at: -50, size: 100 });
});
