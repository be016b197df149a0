import type { Token } from '../runs/run.ts';
import { wordsOf, type TokenWord } from './token-words.ts';
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

/**
 * Which labels of an axis of tokens are shown. Every token, where all have room; else whole words, as many as have room:
 * no letter is ever dropped out of a word.
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
  return eachToken(tokens, pitch, roomOf, longest) ?? wholeWords(tokens, pitch, roomOf, longest);
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

/** Words by the tokens of a text, which may be long and is asked about again for every width. */
const known = new WeakMap<readonly Token[], readonly TokenWord[]>();

function wholeWords(
  tokens: readonly Token[],
  pitch: number,
  roomOf: (text: string) => number,
  longest: number,
): TokenLabel[] {
  const words = known.get(tokens) ?? wordsOf(tokens);
  known.set(tokens, words);
  let free = -Infinity;
  return words.flatMap(({ first, end, text: word }): TokenLabel[] => {
    const at = ((first + end) / 2) * pitch;
    if (at < free) return [];
    const text = elide(visibleText(word), longest);
    const room = roomOf(text);
    if (at - room / 2 < free - 1e-9) return [];
    free = at + room / 2;
    return [{ first, end, text, at }];
  });
}
