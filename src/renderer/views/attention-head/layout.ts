import { tokenLabels, type TokenLabel } from '../../common/axis-labels.ts';
import { wordsOf } from '../../common/token-words.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Token } from '../../runs/run.ts';
import type { ViewContext } from '../view.ts';

/** What the picture of one head has to fit: CSS pixels, cells, and the characters of every label. */
export interface HeadRoom {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowLabels: readonly number[];
  readonly columnLabels: readonly number[];
  readonly fonts: Fonts;
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

/** Sizes of labels in CSS pixels: readable, and as large as the cells allow. */
export interface Fonts {
  readonly smallest: number;
  /** Labels have room for this size at least, so that they can grow when one zooms in. */
  readonly roomy: number;
  readonly largest: number;
  readonly largestCell: number;
}

export const FONTS: Readonly<Record<ViewContext['size'], Fonts>> = {
  window: { smallest: 10, roomy: 13, largest: 16, largestCell: 72 },
  presented: { smallest: 24, roomy: 24, largest: 34, largestCell: 160 },
};

/** Width of a monospace character as a part of the font's size. */
const CHARACTER = 0.61;
/** Longest label, in characters; longer tokens are elided. */
export const LONGEST_LABEL = 22;
/** Angle of column labels, from the horizontal. */
export const LABEL_ANGLE = 60;
const MARGIN = 12;
/** Height and width of the names of the axes. */
const CORNER = 44;
const CORNER_WIDTH = 64;

/** Square cells as large as the pane allows, on whole device pixels, with the whole picture in its middle. */
export function headLayout(room: HeadRoom): HeadLayout {
  const { fonts } = room;
  const pitch = Math.min(room.width / room.columns, room.height / room.rows);
  const font = Math.max(labelFont(pitch, fonts), fonts.roomy);
  const angle = (LABEL_ANGLE * Math.PI) / 180;
  const reach = (label: number) => Math.min(label, LONGEST_LABEL) * CHARACTER * font + 10;
  const left = Math.ceil(Math.max(reach(longest(room.rowLabels)) + MARGIN, CORNER_WIDTH));
  const top = Math.ceil(Math.max(reach(longest(room.columnLabels)) * Math.sin(angle) + font * 0.7, CORNER));
  const height = Math.max(room.height - top - MARGIN / 2, 40);
  const square = (right: number) => {
    const width = Math.max(room.width - left - right, 40);
    const exact = Math.min(width / room.columns, height / room.rows, fonts.largestCell) * room.ratio;
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
export function labelFont(pixels: number, { smallest, largest }: Fonts): number {
  return Math.min(Math.max(pixels * 0.62, smallest), largest);
}

/** How much of its axis a label takes, with the gap to the next, as a part of the font's size: rows, slanted columns. */
const ROOM = { rows: 1.15, columns: 1.25 };

/**
 * How many characters the labels of an axis have, by the token that they stand at: those of its tokens where all have
 * room, else of its words.
 */
export function labelLengths(tokens: readonly Token[], pixels: number, font: number): number[] {
  if (tokens.length * font * ROOM.rows <= pixels) return tokens.map(({ text }) => visibleText(text).length);
  const lengths = tokens.map(() => 0);
  for (const { first, end, text } of wordsOf(tokens)) lengths[(first + end) >> 1] = visibleText(text).length;
  return lengths;
}

/** The labels of what is on screen of an axis, [from, to) of its tokens on so many pixels. */
export function visibleLabels(
  tokens: readonly Token[],
  [from, to]: readonly [number, number],
  pixels: number,
  font: number,
  side: 'rows' | 'columns',
): TokenLabel[] {
  const [first, end] = [Math.floor(from), Math.min(Math.ceil(to), tokens.length)];
  const cell = pixels / (to - from);
  return tokenLabels(
    tokens.slice(first, end),
    (end - first) * cell,
    () => font * ROOM[side],
    LONGEST_LABEL,
  ).flatMap((label) => {
    const at = label.at + (first - from) * cell;
    if (at < 0 || at > pixels) return [];
    return [{ ...label, first: label.first + first, end: label.end + first, at }];
  });
}

function longest(labels: readonly number[]): number {
  return labels.reduce((most, label) => Math.max(most, label), 1);
}

function snap(value: number, ratio: number): number {
  return Math.floor(value * ratio) / ratio;
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
