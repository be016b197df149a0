import { wholeCharacters } from '../../common/text/byte-characters.ts';
import { pieceText, spacedText } from '../../common/text/token.ts';
import type { Token } from '../runs/run.ts';

/** Tokens as one text: pieces carry their own spaces, words of a list of words are set apart by one. */
export function runningText(tokens: readonly Token[]): string {
  const texts = tokens.map((token, i) => (i > 0 ? spacedText(token) : pieceText(token)));
  return wholeCharacters(texts.join(''));
}
