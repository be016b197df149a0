import type { Token } from '../runs/run.ts';
import { isWithinWord, nextWord } from './token-words.ts';
import { elide, visibleText } from './tokens.ts';

/** A label of an axis of tokens: the tokens [first, end) that it names, its text, and its middle along the axis. */
export interface TokenLabel {
  readonly first: number;
  readonly end: number;
  readonly text: string;
  /** CSS pixels from the axis' beginning. */
  readonly at: number;
}

/** Longest label, in characters. */
const LONGEST = 14;

/** Lengths that long tokens are shortened to, before words are left out. */
const SHORTER = [10, 8, 6];

/**
 * Which labels of an axis of tokens are shown. Every token, where all have room, the long ones shortened; else whole
 * words, as many as have room: no letter is ever dropped out of a word.
 * @param length of the axis, CSS pixels
 * @param roomOf how much of the axis a text takes, with the gap to the next
 */
export function tokenLabels(
  tokens: readonly Token[],
  length: number,
  roomOf: (text: string) => number,
  longest = LONGEST,
): TokenLabel[] {
  const pitch = length / Math.max(tokens.length, 1);
  for (const most of [longest, ...SHORTER.filter((shorter) => shorter < longest)]) {
    const labels = eachToken(tokens, pitch, roomOf, most);
    if (labels !== null) return labels;
  }
  return wholeWords(tokens, pitch, roomOf, longest);
}

/** A label for every token; null, as soon as one has no room. */
function eachToken(
  tokens: readonly Token[],
  pitch: number,
  roomOf: (text: string) => number,
  longest: number,
): TokenLabel[] | null {
  const labels: TokenLabel[] = [];
  let before = 0;
  for (const [index, token] of tokens.entries()) {
    const text = elide(visibleText(token.text), longest);
    const room = roomOf(text);
    if (index > 0 && (room + before) / 2 > pitch + 1e-9) return null;
    before = room;
    labels.push({ first: index, end: index + 1, text, at: (index + 0.5) * pitch });
  }
  return labels;
}

/** Words as they have room; of a long text those between two labels are not even looked for. */
function wholeWords(
  tokens: readonly Token[],
  pitch: number,
  roomOf: (text: string) => number,
  longest: number,
): TokenLabel[] {
  const labels: TokenLabel[] = [];
  let free = -Infinity;
  for (let word = nextWord(tokens, 0); word !== null;) {
    const { first, end } = word;
    const at = ((first + end) / 2) * pitch;
    const text = elide(visibleText(word.text), longest);
    const room = roomOf(text);
    if (at >= free && at - room / 2 >= free - 1e-9) {
      free = at + room / 2;
      labels.push({ first, end, text, at });
    }
    let next = Math.max(end, Math.min(Math.floor(free / pitch), tokens.length));
    while (next > end && isWithinWord(tokens, next)) next--;
    word = nextWord(tokens, next);
  }
  return labels;
}
