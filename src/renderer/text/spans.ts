/**
 * Which characters of the input each token stands for. The tokenizer says nothing of it, and may have changed the text
 * first (case, accents, spaces, compatibility forms), so the tokens' own text is aligned with the input: character by
 * character, equal up to such changes, in order.
 */
import { decodeCharacter } from './pieces.ts';

/** The text that a token stands for: bytes without spelling marks; null: unknown, it may stand for anything. */
export type Surface = Uint8Array | null;

export type Span = readonly [number, number];

/** One folded character: what is compared, and where it comes from. */
interface Item {
  readonly key: string;
  /** Half-open range: characters of the input, or tokens. */
  readonly from: number;
  readonly to: number;
}

/** How far an alignment looks for the place where both sides agree again. */
const REACH = 48;
/** How many characters must agree there. */
const AGREE = 4;

/**
 * The characters [start, end) of `text` that each token covers, as UTF-16 offsets; null where no text stands for it.
 * A character that is split over several tokens is covered by each of them.
 */
export function alignSpans(text: string, surfaces: readonly Surface[]): (Span | null)[] {
  const input = inputItems(text);
  const spans: (Span | null)[] = surfaces.map(() => null);
  const cover = (token: Item, from: number, to: number) => {
    for (let index = token.from; index < token.to; index++) {
      const old = spans[index] ?? null;
      spans[index] = old === null ? [from, to] : [Math.min(old[0], from), Math.max(old[1], to)];
    }
  };
  const items = surfaceItems(surfaces);
  let at = 0;
  let next = 0;
  while (next < items.length) {
    const item = items[next] as Item;
    if (item.key === '') {
      const wild = countWild(items, next);
      const length = gapLength(items, next + wild, input, at);
      coverUnknown(text, items.slice(next, next + wild), input.slice(at, at + length), cover);
      next += wild;
      at += length;
      continue;
    }
    const place = input[at];
    if (place === undefined) break;
    if (place.key === item.key) {
      const end = endWithMarks(input, at, items[next + 1]);
      cover(item, place.from, end.to);
      at = end.next;
      next++;
    } else {
      const [inserted, removed] = nextAgreement(items, next, input, at);
      next += inserted;
      at += removed;
    }
  }
  return spans;
}

/** The end of a character together with accents that the tokenizer dropped from behind it. */
function endWithMarks(
  input: readonly Item[],
  at: number,
  following: Item | undefined,
): { to: number; next: number } {
  let next = at + 1;
  let to = (input[at] as Item).to;
  for (let mark = input[next]; mark !== undefined && isMark(mark.key); mark = input[next]) {
    if (mark.key === following?.key) break;
    to = mark.to;
    next++;
  }
  return { to, next };
}

function isMark(key: string): boolean {
  return /^\p{M}$/u.test(key);
}

/** How many items to skip on each side until both agree again; at least one in all. */
function nextAgreement(
  items: readonly Item[],
  next: number,
  input: readonly Item[],
  at: number,
): readonly [inserted: number, removed: number] {
  // Spaces come and go more often than anything else.
  if (items[next]?.key === ' ') return [1, 0];
  if (input[at]?.key === ' ') return [0, 1];
  for (let distance = 1; distance <= REACH; distance++)
    for (let inserted = 0; inserted <= distance; inserted++)
      if (agree(items, next + inserted, input, at + distance - inserted))
        return [inserted, distance - inserted];
  return [1, 1];
}

/** True when the next few characters are the same, or one side ends; spaces don't count. */
function agree(items: readonly Item[], next: number, input: readonly Item[], at: number): boolean {
  let equal = 0;
  while (equal < AGREE) {
    while (items[next]?.key === ' ') next++;
    while (input[at]?.key === ' ') at++;
    const item = items[next];
    const place = input[at];
    if (item === undefined || place === undefined) return equal > 0 || item === place;
    if (item.key === '') return equal > 0;
    if (item.key !== place.key) return false;
    equal++;
    next++;
    at++;
  }
  return true;
}

function countWild(items: readonly Item[], next: number): number {
  let count = 0;
  while (items[next + count]?.key === '') count++;
  return count;
}

/** Characters of the input before the place where the items from `next` on go on. */
function gapLength(items: readonly Item[], next: number, input: readonly Item[], at: number): number {
  if (next >= items.length) return input.length - at;
  for (let length = 1; at + length < input.length; length++)
    if (agree(items, next, input, at + length)) return length;
  return input.length - at;
}

/** Unknown tokens share the gap: word by word when there are as many words, else each covers it all. */
function coverUnknown(
  text: string,
  unknown: readonly Item[],
  gap: readonly Item[],
  cover: (token: Item, from: number, to: number) => void,
): void {
  const first = gap[0];
  const last = gap.at(-1);
  if (first === undefined || last === undefined) return;
  const words = [...text.slice(first.from, last.to).matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)];
  const runs = [...text.slice(first.from, last.to).matchAll(/\S+/gu)];
  const pieces = [runs, words].find((list) => list.length === unknown.length);
  const from = runs[0] === undefined ? first.from : first.from + runs[0].index;
  const end = runs.at(-1);
  const to = end === undefined ? last.to : first.from + end.index + end[0].length;
  unknown.forEach((token, index) => {
    const piece = pieces?.[index];
    if (piece === undefined) cover(token, from, to);
    else cover(token, first.from + piece.index, first.from + piece.index + piece[0].length);
  });
}

/** The input's characters, folded. */
function inputItems(text: string): Item[] {
  const items: Item[] = [];
  let at = 0;
  for (const character of text) {
    const to = at + character.length;
    for (const key of fold(character)) items.push({ key, from: at, to });
    at = to;
  }
  return items;
}

/** The tokens' characters, folded; those whose bytes are spread over several tokens belong to all of them. */
function surfaceItems(surfaces: readonly Surface[]): Item[] {
  const items: Item[] = [];
  let bytes: number[] = [];
  let owners: number[] = [];
  const flush = () => {
    const all = Uint8Array.from(bytes);
    for (let at = 0; at < all.length;) {
      const { codePoint, length } = decodeCharacter(all, at);
      const from = owners[at] ?? 0;
      const to = (owners[at + length - 1] ?? from) + 1;
      const character = codePoint === null ? '\uFFFD' : String.fromCodePoint(codePoint);
      for (const key of fold(character)) items.push({ key, from, to });
      at += length;
    }
    bytes = [];
    owners = [];
  };
  surfaces.forEach((surface, index) => {
    if (surface === null) {
      flush();
      items.push({ key: '', from: index, to: index + 1 });
      return;
    }
    for (const byte of surface) {
      bytes.push(byte);
      owners.push(index);
    }
  });
  flush();
  return items;
}

/** What is compared: lower case, without accents and compatibility forms; every space alike. Never empty. */
function fold(character: string): readonly string[] {
  if (character < '\u0080') return [/\s/.test(character) ? ' ' : character.toLowerCase()];
  if (/^\p{Cs}$/u.test(character)) return ['\uFFFD'];
  const plain = character.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '');
  if (plain === '') return [character];
  return /^\s+$/.test(plain) ? [' '] : [...plain];
}
