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

/** Thumbnails shrink by at most this part to make their cells whole pixels. */
const MOST_SHRUNK = 0.25;
const LARGEST_GAP = 14;

/**
 * The largest square thumbnails that fit a pane of `width` × `height` CSS pixels.
 * @param cells rows of the patterns: a thumbnail is a whole number of device pixels for each where it can
 * @param ratio device pixels per CSS pixel
 */
export function gridLayout(
  width: number,
  height: number,
  layers: number,
  heads: number,
  cells = 1,
  ratio = 1,
): GridLayout {
  const room = (available: number, count: number, gap: number) => (available - gap * (count - 1)) / count;
  const fit = (gap: number) =>
    Math.floor(Math.min(room(width - LEFT - MARGIN, heads, gap), room(height - TOP - MARGIN, layers, gap)));
  const least = fit(10) >= 72 ? 10 : fit(7) >= 40 ? 7 : 5;
  const largest = Math.max(fit(least), SMALLEST);
  const even = (Math.floor((largest * ratio) / cells) * cells) / ratio;
  const size = even >= largest * (1 - MOST_SHRUNK) ? even : largest;
  const gap = Math.min(least + Math.floor(largest - size), Math.max(least, LARGEST_GAP));
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

/** Cells of one side: one for each of `span` rows (or columns) that has a device pixel of its own, else one a pixel. */
export function thumbnailCells(span: number, pixels: number): number {
  return Math.max(1, Math.min(span, pixels));
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
