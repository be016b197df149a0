/** Where the thumbnails of a grid stand: rows are layers, columns are heads. CSS pixels, from the content's corner. */
export interface GridLayout {
  /** Side of a thumbnail, and the space between two. */
  readonly size: number;
  readonly gap: number;
  /** Space for labels at the left and at the top. */
  readonly left: number;
  readonly top: number;
  /** The whole content; larger than the pane when thumbnails would get too small: it scrolls then. */
  readonly width: number;
  readonly height: number;
}

/** Below this a pattern can't be told from another. */
const SMALLEST = 28;
const LEFT = 40;
const TOP = 30;
const MARGIN = 12;

/** The largest square thumbnails that fit a pane of `width` × `height` CSS pixels. */
export function gridLayout(width: number, height: number, layers: number, heads: number): GridLayout {
  const room = (available: number, count: number, gap: number) => (available - gap * (count - 1)) / count;
  const fit = (gap: number) =>
    Math.floor(Math.min(room(width - LEFT - MARGIN, heads, gap), room(height - TOP - MARGIN, layers, gap)));
  const gap = fit(10) >= 72 ? 10 : fit(7) >= 40 ? 7 : 5;
  const size = Math.max(fit(gap), SMALLEST);
  return {
    size,
    gap,
    left: LEFT,
    top: TOP,
    width: LEFT + heads * size + (heads - 1) * gap + MARGIN,
    height: TOP + layers * size + (layers - 1) * gap + MARGIN,
  };
}

/** Upper left corner of a thumbnail in the content. */
export function cornerOf(layout: GridLayout, layer: number, head: number): { x: number; y: number } {
  const step = layout.size + layout.gap;
  return { x: layout.left + head * step, y: layout.top + layer * step };
}

/** One side of a thumbnail in device pixels: how many cells it has, and where they lie within the thumbnail. */
export interface ThumbnailSide {
  readonly cells: number;
  readonly at: number;
  readonly size: number;
}

/**
 * A cell for each of `span` rows (or columns) as long as it has a device pixel of its own, else pooled to one a pixel.
 * Cells are whole pixels wide when that costs less than a fifth of the thumbnail: then all are equally wide.
 */
export function thumbnailSide(span: number, pixels: number): ThumbnailSide {
  const cells = Math.max(1, Math.min(span, pixels));
  const even = Math.floor(pixels / cells) * cells;
  const size = even >= pixels * 0.8 ? even : pixels;
  return { cells, at: Math.floor((pixels - size) / 2), size };
}

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
  const step = layout.size + layout.gap;
  const head = Math.floor((point.x - layout.left) / step);
  const layer = Math.floor((point.y - layout.top) / step);
  const x = (point.x - layout.left - head * step) / layout.size;
  const y = (point.y - layout.top - layer * step) / layout.size;
  if (head < 0 || layer < 0 || head >= heads || layer >= layers || x >= 1 || y >= 1) return null;
  return { layer, head, x, y };
}
