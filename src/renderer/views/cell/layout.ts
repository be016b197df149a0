/** Where the bars and signs of a cell's equations stand. */
import { leastSize } from '../../drawing/text.ts';
import type { Bar, CellPicture } from './equation.ts';
import { oneRow, rowWidth, slotWidth, wrappedRows, type Slot } from './slots.ts';

/** y of what stands in a row: the symbols, the bars with their height, and what is below them. */
export interface CellRow {
  readonly symbols: number;
  readonly top: number;
  readonly height: number;
  readonly numbers: number;
  readonly words: number;
}

/** A bar in the picture. */
export interface PlacedBar {
  readonly bar: Bar;
  readonly row: CellRow;
  readonly x: number;
  readonly width: number;
  /** Middle of the room that its words and numbers have, and how wide it is. */
  readonly middle: number;
  readonly room: number;
  /** How wide its word may be: no sign stands beside words, and the words of its neighbours are shorter. */
  readonly wordRoom: number;
}

export interface PlacedSign {
  readonly text: string;
  readonly row: CellRow;
  readonly middle: number;
}

/** What is drawn beside the bars and their symbols. */
export interface CellParts {
  /** How gates are made, in one line. */
  readonly rule: boolean;
  /** The lines from the input and the state to the boxes. */
  readonly flow: boolean;
  /** The ways back of the states. */
  readonly loops: boolean;
  /** How far colours reach, or a unit's values. */
  readonly numbers: boolean;
  readonly words: boolean;
  /** The equations stand beneath each other where they have no room in one row. */
  readonly wrapped: boolean;
}

export interface CellLayout {
  readonly parts: CellParts;
  readonly rows: readonly CellRow[];
  readonly bars: readonly PlacedBar[];
  readonly signs: readonly PlacedSign[];
  /** Between equations. */
  readonly dividers: readonly { readonly x: number; readonly row: CellRow }[];
  /** Of the words and numbers, which shrink where there is little room. */
  readonly text: number;
  /** y of the first thing under the rule, and of the end of the last row. */
  readonly first: number;
  readonly end: number;
  /** y of the lines that the input and the state run along, of the boxes, and of the ways back. */
  readonly lines: { readonly x: number; readonly h: number };
  readonly boxes: number;
  readonly loops: number;
}

/** The widest that a bar itself becomes, and the least height of one, in sizes of text. */
const WIDEST = 3.2;
const LEAST_BAR = 1.5;
/** From the top of a row to its symbols, and to its bars; from the bars to the numbers, to words, and to the end. */
const SYMBOLS = 0.7;
const BARS = 1.8;
const NUMBERS = 1.3;
const WORDS = 1.5;
const END = 0.6;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The bars and signs one after another over the width, and the rows of the picture over the height. */
export function cellLayout(picture: CellPicture, place: Place, size: number, parts: CellParts): CellLayout {
  const rows = parts.wrapped ? wrappedRows(picture, place.width, size) : [oneRow(picture)];
  const widest = (isTight: boolean) => Math.max(...rows.map((row) => rowWidth(row, size, isTight)));
  const isTight = parts.wrapped || (size * place.width) / widest(false) < leastSize(size);
  const text = Math.min(size, (size * place.width) / widest(isTight));
  const first = place.y + (parts.rule ? size * 1.5 : 0) + text * (parts.flow ? 0.6 : 0.3);
  const lines = { x: first, h: first + text * 0.7 };
  const boxes = lines.h + text * 0.9;
  const top = parts.flow ? boxes + text * (2.3 - SYMBOLS) : first;
  const bottom = place.y + place.height - (parts.loops ? text * 3.5 : 0);
  const placed = rows.map((slots, at) => {
    const height = (bottom - top) / rows.length;
    const row = cellRow(top + at * height, height, text, parts);
    return { row, ...placeSlots(slots, row, place, { text, isTight }) };
  });
  const last = placed.at(-1)?.row.words ?? top;
  return {
    ...{ parts, rows: placed.map(({ row }) => row), text, first, lines, boxes },
    bars: placed.flatMap(({ bars }) => bars),
    signs: placed.flatMap(({ signs }) => signs),
    dividers: placed.flatMap(({ dividers }) => dividers),
    ...{ end: last, loops: last + text * 1.2 },
  };
}

/** What a row needs beside its bars' least height, in sizes of text. */
export function leastRow({ numbers, words }: Pick<CellParts, 'numbers' | 'words'>): number {
  return BARS + LEAST_BAR + (numbers ? NUMBERS : 0) + (words ? WORDS : 0) + END;
}

function cellRow(y: number, height: number, text: number, { numbers, words }: CellParts): CellRow {
  const top = y + text * BARS;
  const below = text * ((numbers ? NUMBERS : 0) + (words ? WORDS : 0) + END);
  const bars = Math.max(y + height - below - top, text * LEAST_BAR);
  const numbersAt = top + bars + (numbers ? text * NUMBERS : 0);
  return {
    ...{ symbols: y + text * SYMBOLS, top, height: bars, numbers: numbersAt },
    words: numbersAt + (words ? text * (numbers ? WORDS : NUMBERS) : 0),
  };
}

function placeSlots(
  slots: readonly Slot[],
  row: CellRow,
  place: Place,
  { text, isTight }: { readonly text: number; readonly isTight: boolean },
): Pick<CellLayout, 'bars' | 'signs' | 'dividers'> {
  const need = rowWidth(slots, text, isTight);
  const count = slots.filter((slot) => 'bar' in slot).length;
  const extra = Math.min(Math.max(place.width - need, 0) / count, text * 5);
  const bars: PlacedBar[] = [];
  const signs: PlacedSign[] = [];
  const dividers: { x: number; row: CellRow }[] = [];
  let x = place.x + (place.width - need - extra * count) / 2;
  const signBeside = (slot: Slot | undefined) =>
    slot !== undefined && 'sign' in slot ? slotWidth(slot, text, isTight) : 0;
  for (const [at, slot] of slots.entries()) {
    const own = slotWidth(slot, text, isTight) + ('bar' in slot ? extra : 0);
    const middle = x + own / 2;
    if ('bar' in slot) {
      const width = Math.min(text * WIDEST, own * 0.6);
      const beside = Math.min(signBeside(slots[at - 1]), signBeside(slots[at + 1]));
      bars.push({
        ...{ bar: slot.bar, row, x: middle - width / 2, width, middle, room: own },
        wordRoom: own + 2 * beside,
      });
    } else if ('sign' in slot) signs.push({ text: slot.sign, row, middle });
    else dividers.push({ x: middle, row });
    x += own;
  }
  return { bars, signs, dividers };
}

/** The bar at a place of the picture, and the unit in it; null: there is none. */
export function unitAt(
  { bars }: Pick<CellLayout, 'bars'>,
  x: number,
  y: number,
): { readonly bar: Bar; readonly unit: number } | null {
  for (const { bar, row, x: left, width } of bars) {
    if (x < left || x > left + width || y < row.top || y >= row.top + row.height) continue;
    const unit = Math.floor(((y - row.top) / row.height) * bar.values.length);
    return unit < bar.values.length ? { bar, unit } : null;
  }
  return null;
}
