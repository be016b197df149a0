import type { ViewContext } from '../view.ts';

/** Where the thumbnails of a grid stand: rows are layers, columns are heads. CSS pixels, from the content's corner. */
export interface GridLayout {
  /** A thumbnail, and the space between two. */
  readonly thumb: { readonly width: number; readonly height: number };
  readonly gap: number;
  /** Space for labels at the left and at the top. */
  readonly left: number;
  readonly top: number;
  /** The whole content; larger than the pane when thumbnails would get too small: it scrolls then. */
  readonly width: number;
  readonly height: number;
}

/** What a grid has to fit. */
export interface GridRoom {
  readonly width: number;
  readonly height: number;
  readonly layers: number;
  readonly heads: number;
  /** Rows and columns of the patterns: a thumbnail has whole device pixels for each where it can. */
  readonly rows: number;
  readonly columns: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly size: ViewContext['size'];
}

/** Below this a pattern can't be told from another. */
const SMALLEST = 18;
/** Space for labels. */
const LABELS = { window: { left: 40, top: 30 }, presented: { left: 72, top: 56 } } as const;
const MARGIN = 12;
/** A thumbnail may be this much wider than high, or higher than wide, so that the grid fills its pane. */
const MOST_STRETCHED = 1.8;
/** Thumbnails shrink by at most this part to make their cells whole pixels. */
const MOST_SHRUNK = 0.15;

/** The largest thumbnails that fit a pane. */
export function gridLayout(room: GridRoom): GridLayout {
  const { layers, heads, ratio } = room;
  const { left, top } = LABELS[room.size];
  const wide = (gap: number) => (room.width - left - MARGIN - gap * (heads - 1)) / heads;
  const high = (gap: number) => (room.height - top - MARGIN - gap * (layers - 1)) / layers;
  const fit = Math.min(wide(10), high(10));
  const gap = fit >= 72 ? 10 : fit >= 40 ? 7 : fit >= 24 ? 5 : 4;
  const smaller = Math.max(Math.min(wide(gap), high(gap)), SMALLEST);
  const side = (available: number, cells: number) => {
    const largest = Math.floor(Math.min(Math.max(available, SMALLEST), smaller * MOST_STRETCHED) * ratio);
    const even = Math.floor(largest / cells) * cells;
    return (even >= largest * (1 - MOST_SHRUNK) ? even : largest) / ratio;
  };
  const thumb = { width: side(wide(gap), room.columns), height: side(high(gap), room.rows) };
  return {
    ...{ thumb, gap, left, top },
    width: left + heads * (thumb.width + gap) - gap + MARGIN,
    height: top + layers * (thumb.height + gap) - gap + MARGIN,
  };
}

/** Upper left corner of a thumbnail in the content. */
export function cornerOf(
  { left, top, thumb, gap }: GridLayout,
  layer: number,
  head: number,
): { readonly x: number; readonly y: number } {
  return { x: left + head * (thumb.width + gap), y: top + layer * (thumb.height + gap) };
}

/**
 * Cells of one side: one for each of `span` rows (or columns) that has a device pixel of its own; else a power of two, of which
 * each has: those are whole cells of what a pass has pooled.
 */
export function thumbnailCells(span: number, pixels: number): number {
  return span <= pixels ? span : 2 ** Math.floor(Math.log2(Math.max(1, pixels)));
}

/** CSS pixels of the shorter side of a pattern's cells. */
export function shorterSide(
  { thumb }: Pick<GridLayout, 'thumb'>,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): number {
  return Math.min(thumb.width / columns, thumb.height / rows);
}

/** Layers that PageUp and PageDown go over. */
const PAGE = 10;

/** The head that a key moves to from (layer, head); null for keys that do not move. */
export function moveHead(
  key: string,
  layer: number,
  head: number,
  layers: number,
  heads: number,
): { layer: number; head: number } | null {
  const within = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
  switch (key) {
    case 'ArrowLeft':
      return { layer, head: within(head - 1, heads) };
    case 'ArrowRight':
      return { layer, head: within(head + 1, heads) };
    case 'ArrowUp':
      return { layer: within(layer - 1, layers), head };
    case 'ArrowDown':
      return { layer: within(layer + 1, layers), head };
    case 'Home':
      return { layer, head: 0 };
    case 'End':
      return { layer, head: heads - 1 };
    case 'PageUp':
      return { layer: within(layer - PAGE, layers), head };
    case 'PageDown':
      return { layer: within(layer + PAGE, layers), head };
    default:
      return null;
  }
}

/** The thumbnail at a point of the content, and where in it, as parts 0 … 1; null between thumbnails. */
export function headAt(
  layout: GridLayout,
  layers: number,
  heads: number,
  point: { readonly x: number; readonly y: number },
): { layer: number; head: number; x: number; y: number } | null {
  const { thumb, gap } = layout;
  const head = Math.floor((point.x - layout.left) / (thumb.width + gap));
  const layer = Math.floor((point.y - layout.top) / (thumb.height + gap));
  const corner = cornerOf(layout, layer, head);
  const x = (point.x - corner.x) / thumb.width;
  const y = (point.y - corner.y) / thumb.height;
  if (head < 0 || layer < 0 || head >= heads || layer >= layers || x >= 1 || y >= 1) return null;
  return { layer, head, x, y };
}
