import type { Token } from '../runs/run.ts';
import { wordsOf } from './token-words.ts';
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
  const each = tokens.map(({ text }, index): TokenLabel => {
    return {
      first: index,
      end: index + 1,
      text: elide(visibleText(text), longest),
      at: (index + 0.5) * pitch,
    };
  });
  const rooms = each.map(({ text }) => roomOf(text));
  if (rooms.every((room, i) => i === 0 || (room + (rooms[i - 1] ?? 0)) / 2 <= pitch + 1e-9)) return each;
  let end = -Infinity;
  return wordsOf(tokens).flatMap(({ first, end: last, text }): TokenLabel[] => {
    const label = {
      first,
      end: last,
      text: elide(visibleText(text), longest),
      at: ((first + last) / 2) * pitch,
    };
    const room = roomOf(label.text);
    if (label.at - room / 2 < end - 1e-9) return [];
    end = label.at + room / 2;
    return [label];
  });
}
