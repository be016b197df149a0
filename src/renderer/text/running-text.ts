import { wholeCharacters } from '../../common/text/byte-characters.ts';
import type { Token } from '../runs/run.ts';

/** Tokens as one text: pieces carry their own spaces, words of a list of words are set apart by one. */
export function runningText(tokens: readonly Token[]): string {
  const texts = tokens.map(({ text, word }, i) => (word === true && i > 0 ? ` ${text}` : text));
  return wholeCharacters(texts.join(''));
}
