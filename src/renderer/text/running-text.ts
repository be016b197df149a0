import type { Token } from '../runs/run.ts';

/** Tokens as one text: pieces carry their own spaces, words of a list of words are set apart by one. */
export function runningText(tokens: readonly Token[]): string {
  return tokens.map(({ text, word }, i) => (word === true && i > 0 ? ` ${text}` : text)).join('');
}
