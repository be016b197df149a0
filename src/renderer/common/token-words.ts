import { wholeCharacters } from '../../common/text/byte-characters.ts';
import type { Token } from '../runs/run.ts';

/** Tokens [first, end) that make up a word, and its text without the spaces around it. */
export interface TokenWord {
  readonly first: number;
  readonly end: number;
  readonly text: string;
}

/** Scripts that are written without spaces: every character may stand by itself. */
const UNSPACED =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}/u;

/** Words of a text, of whatever its tokens are: letters, pieces or words. White space belongs to no word. */
export function wordsOf(tokens: readonly Token[]): TokenWord[] {
  const words: { first: number; end: number; text: string }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.text.trim() === '') continue;
    const text = wholeCharacters(token.text).trim();
    const word = words.at(-1);
    if (word !== undefined && word.end === index && goesOn(tokens[index - 1], token)) {
      word.end = index + 1;
      word.text += text;
    } else if (text !== '') words.push({ first: index, end: index + 1, text });
  }
  return words;
}

/** Whether a token goes on with the word of the token before it. */
function goesOn(before: Token | undefined, token: Token): boolean {
  if (before === undefined || before.special || token.special || before.mask === true || token.mask === true)
    return false;
  if (isSameCharacter(before, token)) return true;
  if (token.word === true || /^\s/.test(token.text) || /\s$/.test(before.text)) return false;
  if (UNSPACED.test(before.text) || UNSPACED.test(token.text)) return false;
  if (before.span === null || token.span === null) return true;
  return before.ofPair === token.ofPair && token.span[0] <= before.span[1];
}

/** Two tokens with parts of one character. */
function isSameCharacter(before: Token, token: Token): boolean {
  if (before.raw === undefined || token.raw === undefined || before.span === null || token.span === null)
    return false;
  return before.ofPair === token.ofPair && token.span[0] < before.span[1];
}
