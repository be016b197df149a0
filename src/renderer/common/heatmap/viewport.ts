/** The part of a matrix that is on screen, in cells; edges may lie within a cell. */
export interface Viewport {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a viewport may show: columns [from, to) of the matrix and all its rows. */
export interface Bounds {
  readonly rows: number;
  readonly columns: number;
  /** First column that is shown; above 0 when leading columns are hidden. */
  readonly firstColumn: number;
}

/** Fewest cells that fill the screen at the deepest zoom. */
const FEWEST_CELLS = 4;

export function whole({ rows, columns, firstColumn }: Bounds): Viewport {
  return { left: Math.min(firstColumn, columns - 1), top: 0, right: columns, bottom: rows };
}

export function isWhole(view: Viewport, bounds: Bounds): boolean {
  const all = whole(bounds);
  return view.right - view.left >= all.right - all.left && view.bottom - view.top >= all.bottom - all.top;
}

/**
 * Zooms by `factor` (above 1: closer) so that the point at (x, y), as parts 0 … 1 of the screen, keeps its place.
 * Rows and columns keep their proportion until one of them is whole.
 */
export function zoomAt(view: Viewport, bounds: Bounds, factor: number, x: number, y: number): Viewport {
  const all = whole(bounds);
  const wide = all.right - all.left;
  const high = all.bottom - all.top;
  const width = clamp((view.right - view.left) / factor, Math.min(FEWEST_CELLS, wide), wide);
  const height = clamp((view.bottom - view.top) / factor, Math.min(FEWEST_CELLS, high), high);
  const left = view.left + (view.right - view.left - width) * x;
  const top = view.top + (view.bottom - view.top - height) * y;
  return inside({ left, top, right: left + width, bottom: top + height }, bounds);
}

/** Moves by cells; the edges of the matrix stop it. */
export function pan(view: Viewport, bounds: Bounds, columns: number, rows: number): Viewport {
  const { left, top, right, bottom } = view;
  return inside(
    { left: left + columns, top: top + rows, right: right + columns, bottom: bottom + rows },
    bounds,
  );
}

/** The smallest move that brings a cell on screen. */
export function reveal(view: Viewport, bounds: Bounds, row: number, column: number): Viewport {
  const over = (at: number, from: number, to: number) =>
    at < from ? at - from : at + 1 > to ? at + 1 - to : 0;
  return pan(view, bounds, over(column, view.left, view.right), over(row, view.top, view.bottom));
}

/** The same size of view within the bounds; cut where it is larger than they are. */
export function inside(view: Viewport, bounds: Bounds): Viewport {
  const all = whole(bounds);
  const width = Math.min(view.right - view.left, all.right - all.left);
  const height = Math.min(view.bottom - view.top, all.bottom - all.top);
  const left = clamp(view.left, all.left, all.right - width);
  const top = clamp(view.top, all.top, all.bottom - height);
  return { left, top, right: left + width, bottom: top + height };
}

/** The cell at (x, y), parts 0 … 1 of the screen; null outside. */
export function cellAt(view: Viewport, x: number, y: number): { row: number; column: number } | null {
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
  return {
    row: Math.floor(view.top + (view.bottom - view.top) * y),
    column: Math.floor(view.left + (view.right - view.left) * x),
  };
}

/** One side of a tile: cells of the matrix [from, to), and how many are asked for. */
export interface TileSide {
  readonly from: number;
  readonly to: number;
  readonly cells: number;
}

/**
 * The tile that covers [from, to) of `limit` cells on `pixels` device pixels: exact where a cell has a pixel of its
 * own, else pooled by a whole number of cells, cut at multiples of that number so that panning does not shimmer.
 */
export function tileSide(from: number, to: number, limit: number, pixels: number, least = 0): TileSide {
  const step = Math.max(1, Math.ceil((to - from) / Math.max(pixels, 1)));
  const start = Math.max(Math.floor(from / step) * step, least);
  const end = Math.min(Math.ceil(to / step) * step, limit);
  return { from: start, to: end, cells: Math.ceil((end - start) / step) };
}

/** Where a span of cells [from, to) lies on `pixels` of a screen that shows [start, end). */
export function place(
  from: number,
  to: number,
  start: number,
  end: number,
  pixels: number,
): { at: number; size: number } {
  const scale = pixels / (end - start);
  return { at: (from - start) * scale, size: (to - from) * scale };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
