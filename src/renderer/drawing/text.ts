import { elide } from '../common/tokens.ts';
import { WIDTHS } from './text-widths.ts';

/** The face that a text is measured for: DejaVu Sans, or DejaVu Sans Mono. */
export interface TextFace {
  readonly size: number;
  readonly family?: 'sans' | 'mono';
  readonly weight?: 400 | 700;
}

/** Ems. */
const MONO_WIDTH = 0.602;
const WIDE = 1;
const OTHER = 0.78;
/** Above and below the line, as parts of the size: how tall a line is, its capitals, and what hangs below. */
export const LINE_HEIGHT = 1.3;
/** Width of a halo's line, as a part of the size. */
export const HALO = 0.3;
const CAPITALS = 0.729;
const ASCENT = 0.93;
/** CSS pixels: the least that is read at a desk, and from the back of a room. */
const LEAST_AT_DESK = 9;
const LEAST_IN_ROOM = 24;

/** How far text of a size may shrink where there is little room; what is drawn for a room stays readable there. */
export function leastSize(size: number): number {
  return Math.min(size, isForRoom(size) ? LEAST_IN_ROOM : LEAST_AT_DESK);
}

/** Whether text of this size is meant to be read from the back of a room. */
export function isForRoom(size: number): boolean {
  return size >= LEAST_IN_ROOM;
}

/** Stands on two columns of a terminal: CJK, full-width forms, emoji (Unicode Standard Annex 11, W and F, roughly). */
const TWO_COLUMNS =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
const NO_COLUMN = /\p{M}|\p{Cf}/u;

const tables = { 400: parse('regular'), 700: parse('bold') };

function parse(weight: 'regular' | 'bold'): ReadonlyMap<number, number> {
  const widths = new Map<number, number>();
  for (const range of WIDTHS)
    for (let code = range.first; code <= range.last; code++) {
      const at = (code - range.first) * 2;
      widths.set(code, Number.parseInt(range[weight].slice(at, at + 2), 36) / 500);
    }
  return widths;
}

/** How wide a text is in CSS pixels: the same in the window, in a test and without a window. */
export function textWidth(text: string, { size, family = 'sans', weight = 400 }: TextFace): number {
  let ems = 0;
  for (const character of text) {
    if (NO_COLUMN.test(character)) continue;
    const isWide = TWO_COLUMNS.test(character);
    if (family === 'mono') ems += isWide ? 2 * MONO_WIDTH : MONO_WIDTH;
    else ems += isWide ? WIDE : (tables[weight].get(character.codePointAt(0) ?? 0) ?? OTHER);
  }
  return ems * size;
}

/** The text with its middle left out, so that it is at most `width` CSS pixels wide; at least `…`. */
export function fitText(text: string, width: number, face: TextFace): string {
  if (textWidth(text, face) <= width) return text;
  let [least, most] = [1, [...text].length];
  while (most - least > 1) {
    const middle = (least + most) >> 1;
    if (textWidth(elide(text, middle), face) <= width) least = middle;
    else most = middle;
  }
  return least === 1 ? '…' : elide(text, least);
}

/** The text in parts that are at most `width` CSS pixels wide, for what has no space to break it at. */
export function lineParts(text: string, width: number, face: TextFace): string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of text) {
    if (part !== '' && textWidth(part + character, face) > width) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}

/** The text in at most so many lines that are at most `width` CSS pixels wide; what has no room is left out of the last one. */
export function wrapText(text: string, width: number, face: TextFace, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && lines.length < most - 1 && textWidth(longer, face) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => fitText(one, width, face));
}

/** The size of words that say less than those beside them. */
export function smallerSize(size: number): number {
  return Math.max(size * 0.85, leastSize(size));
}

/** From y of a mark to the line that its letters stand on. */
export function baselineShift(baseline: 'alphabetic' | 'middle' | 'top', size: number): number {
  if (baseline === 'middle') return (CAPITALS / 2) * size;
  return baseline === 'top' ? ASCENT * size : 0;
}

/** Text as files hold it: what XML can't hold (control characters, halves of pairs) becomes U+FFFD. */
export function cleanText(text: string): string {
  return (
    text
      .replaceAll(/\p{Surrogate}/gu, '\ufffd')
      // eslint-disable-next-line no-control-regex -- these are what XML forbids
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}
