/** What the picture of one head has to fit: CSS pixels, cells, and the characters of every label. */
export interface HeadRoom {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowLabels: readonly number[];
  readonly columnLabels: readonly number[];
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** The rectangle of cells, with room for labels at its left and above it. CSS pixels of the pane. */
export interface HeadLayout {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Largest size of labels that has room, however far one zooms in. */
  readonly font: number;
}

/** Width of a monospace character as a part of the font's size. */
export const CHARACTER = 0.61;
/** Longest label, in characters; longer tokens are elided. */
export const LONGEST_LABEL = 14;
/** Angle of column labels, from the horizontal. */
export const LABEL_ANGLE = 60;
/** Size of labels in CSS pixels: readable, and as large as the cells allow. */
const SMALLEST_FONT = 10;
const LARGEST_FONT = 16;
/** Labels have room for this size at least, so that they can grow when one zooms in. */
const ROOMY_FONT = 13;
const LARGEST_CELL = 72;
const MARGIN = 12;
/** Height and width of the names of the axes. */
const CORNER = 44;
const CORNER_WIDTH = 64;

/** Square cells as large as the pane allows, on whole device pixels, with the whole picture in its middle. */
export function headLayout(room: HeadRoom): HeadLayout {
  const font = Math.max(labelFont(Math.min(room.width / room.columns, room.height / room.rows)), ROOMY_FONT);
  const angle = (LABEL_ANGLE * Math.PI) / 180;
  const reach = (label: number) => Math.min(label, LONGEST_LABEL) * CHARACTER * font + 10;
  const left = Math.ceil(Math.max(reach(longest(room.rowLabels)) + MARGIN, CORNER_WIDTH));
  const top = Math.ceil(Math.max(reach(longest(room.columnLabels)) * Math.sin(angle) + font * 0.7, CORNER));
  const height = Math.max(room.height - top - MARGIN / 2, 40);
  const square = (right: number) => {
    const width = Math.max(room.width - left - right, 40);
    const exact = Math.min(width / room.columns, height / room.rows, LARGEST_CELL) * room.ratio;
    // Below three pixels a cell's rounding would cost too much of the picture.
    return (exact >= 3 ? Math.floor(exact) : exact) / room.ratio;
  };
  // Slanted labels stand out over the right edge: only as far as the last ones need.
  const overhang = (cell: number) =>
    room.columnLabels.reduce(
      (most, label, index) =>
        Math.max(most, reach(label) * Math.cos(angle) - (room.columns - index - 0.5) * cell),
      0,
    );
  const right = Math.ceil(overhang(square(MARGIN)) + MARGIN / 2);
  const cell = square(right);
  const plot = { width: cell * room.columns, height: cell * room.rows };
  const spare = Math.max(0, room.width - left - right - plot.width);
  return { left: snap(left + spare / 2, room.ratio), top: snap(top, room.ratio), ...plot, font };
}

/** Font size of labels that stand `pixels` apart. */
export function labelFont(pixels: number): number {
  return Math.min(Math.max(pixels * 0.62, SMALLEST_FONT), LARGEST_FONT);
}

function longest(labels: readonly number[]): number {
  return labels.reduce((most, label) => Math.max(most, label), 1);
}

function snap(value: number, ratio: number): number {
  return Math.floor(value * ratio) / ratio;
}

/** Labels of one axis: which indices are named, and where their middles stand, in CSS pixels of the plot. */
export interface AxisLabel {
  readonly index: number;
  readonly at: number;
}

/** Every `step`-th index of the visible [start, end), on `pixels`. */
export function axisLabels(start: number, end: number, pixels: number, step: number): AxisLabel[] {
  const scale = pixels / (end - start);
  const labels: AxisLabel[] = [];
  for (let index = Math.ceil(Math.floor(start) / step) * step; index < end; index += step) {
    const at = (index + 0.5 - start) * scale;
    if (at >= 0 && at <= pixels) labels.push({ index, at });
  }
  return labels;
}

/** Where a key moves the cell cursor; null for keys that do not move it. */
export function moveCell(
  key: string,
  cell: { readonly row: number; readonly column: number },
  rows: number,
  columns: number,
  firstColumn: number,
): { row: number; column: number } | null {
  const row = (value: number) => Math.min(Math.max(value, 0), rows - 1);
  const column = (value: number) => Math.min(Math.max(value, firstColumn), columns - 1);
  switch (key) {
    case 'ArrowUp':
      return { row: row(cell.row - 1), column: cell.column };
    case 'ArrowDown':
      return { row: row(cell.row + 1), column: cell.column };
    case 'ArrowLeft':
      return { row: cell.row, column: column(cell.column - 1) };
    case 'ArrowRight':
      return { row: cell.row, column: column(cell.column + 1) };
    case 'Home':
      return { row: cell.row, column: firstColumn };
    case 'End':
      return { row: cell.row, column: columns - 1 };
    case 'PageUp':
      return { row: row(cell.row - 10), column: cell.column };
    case 'PageDown':
      return { row: row(cell.row + 10), column: cell.column };
    default:
      return null;
  }
}
