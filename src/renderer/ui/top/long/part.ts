/** Which part of a long text its field holds: a browser needs a second to put 100,000 characters into a textarea. */

/** Characters [from, to) of a text. */
export type Part = readonly [from: number, to: number];

/** Texts up to this length are in the field whole. */
export const WHOLE = 12_000;
/** Characters of a part, unless it was made longer by typing. */
const PART = 3600;
/** A part begins with a line that begins so close before. */
const LINE = 400;

/** The part around a place; of a text that is not long, all of it. */
export function partAround(text: string, place: number): Part {
  const { length } = text;
  if (length <= WHOLE) return [0, length];
  const wished = Math.max(0, Math.min(place - PART / 2, length - PART));
  const line = text.lastIndexOf('\n', wished - 1) + 1;
  const from = wished - line <= LINE ? line : betweenCharacters(text, wished);
  return [from, betweenCharacters(text, Math.min(from + PART, length))];
}

/** The place, or the one before where it would cut a character of two halves. */
function betweenCharacters(text: string, place: number): number {
  const code = text.charCodeAt(place);
  return code >= 0xdc00 && code <= 0xdfff ? place - 1 : place;
}
