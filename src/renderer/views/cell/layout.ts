/** Where the bars and signs of a cell's equations stand. */
import { leastSize, textWidth } from '../../drawing/text.ts';
import type { Bar, CellPicture } from './equation.ts';

/** A bar in the picture. */
export interface PlacedBar {
  readonly bar: Bar;
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
  readonly middle: number;
}

/** What is drawn beside the bars, their symbols, numbers and words. */
export interface CellParts {
  /** How gates are made, in one line. */
  readonly rule: boolean;
  /** The lines from the input and the state to the boxes. */
  readonly flow: boolean;
  /** The ways back of the states. */
  readonly loops: boolean;
}

export interface CellLayout {
  readonly parts: CellParts;
  readonly bars: readonly PlacedBar[];
  readonly signs: readonly PlacedSign[];
  /** Between equations. */
  readonly dividers: readonly number[];
  /** Of the words and numbers, which shrink where there is little room. */
  readonly text: number;
  /** y of the first thing under the rule. */
  readonly first: number;
  /** y of the lines that the input and the state run along, of the boxes, the symbols, the bars and what is below them. */
  readonly lines: { readonly x: number; readonly h: number };
  readonly boxes: number;
  readonly symbols: number;
  readonly top: number;
  readonly height: number;
  readonly numbers: number;
  readonly words: number;
  readonly loops: number;
}

/** Room of a bar, of the size of text, and where there is little; the widest that a bar itself becomes. */
const SLOT = 4;
const TIGHT_SLOT = 3.3;
const WIDEST = 3.2;

type Slot = { readonly bar: Bar } | { readonly sign: string } | { readonly divider: true };

/** The bars and signs one after another over the width, and the rows of the picture over the height. */
export function cellLayout(
  picture: CellPicture,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  size: number,
  parts: CellParts,
): CellLayout {
  const slots = slotsOf(picture);
  let room = SLOT;
  const widthOf = (slot: Slot, text: number) => {
    if ('bar' in slot) return room * text;
    return 'sign' in slot ? textWidth(slot.sign, { size: text * 1.3 }) + text * 0.5 : text * 1.6;
  };
  const need = (text: number) => slots.reduce((sum, slot) => sum + widthOf(slot, text), 0);
  if ((size * place.width) / need(size) < leastSize(size)) room = TIGHT_SLOT;
  const text = Math.min(size, (size * place.width) / need(size));
  const count = slots.filter((slot) => 'bar' in slot).length;
  const extra = Math.min(Math.max(place.width - need(text), 0) / count, text * 5);
  const bars: PlacedBar[] = [];
  const signs: PlacedSign[] = [];
  const dividers: number[] = [];
  let x = place.x + (place.width - need(text) - extra * count) / 2;
  const signBeside = (slot: Slot | undefined) =>
    slot !== undefined && 'sign' in slot ? widthOf(slot, text) : 0;
  for (const [at, slot] of slots.entries()) {
    const own = widthOf(slot, text) + ('bar' in slot ? extra : 0);
    const middle = x + own / 2;
    if ('bar' in slot) {
      const width = Math.min(text * WIDEST, own * 0.6);
      const beside = Math.min(signBeside(slots[at - 1]), signBeside(slots[at + 1]));
      bars.push({
        ...{ bar: slot.bar, x: middle - width / 2, width, middle, room: own },
        wordRoom: own + 2 * beside,
      });
    } else if ('sign' in slot) signs.push({ text: slot.sign, middle });
    else dividers.push(middle);
    x += own;
  }
  const first = place.y + (parts.rule ? size * 1.5 : 0) + text * (parts.flow ? 0.6 : 0.3);
  const lines = { x: first, h: first + text * 0.7 };
  const boxes = lines.h + text * 0.9;
  const symbols = parts.flow ? boxes + text * 2.3 : first + text * 0.7;
  const top = symbols + text * 1.1;
  const bottom = place.y + place.height - text * (parts.loops ? 6.9 : 3.4);
  const height = Math.max(bottom - top, text * 1.5);
  const numbers = top + height + text * 1.3;
  const words = numbers + text * 1.5;
  return {
    ...{ parts, bars, signs, dividers, text, first, lines, boxes, symbols, top, height, numbers, words },
    loops: words + text * 1.2,
  };
}

function slotsOf({ inputs, equations }: CellPicture): Slot[] {
  return [
    ...inputs.map((bar): Slot => ({ bar })),
    ...equations.flatMap(({ left, result, continues }): Slot[] => [
      ...(continues === true ? [] : [{ divider: true } as const]),
      ...(continues === true ? left.slice(1) : left).map((one) =>
        typeof one === 'string' ? { sign: one } : { bar: one },
      ),
      { sign: '=' },
      { bar: result },
    ]),
  ];
}

/** The unit at a height of a bar. */
export function unitAt({ top, height }: CellLayout, y: number, units: number): number | null {
  const at = Math.floor(((y - top) / height) * units);
  return at < 0 || at >= units ? null : at;
}
