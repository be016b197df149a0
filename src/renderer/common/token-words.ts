import { wholeCharacters } from '../../common/text/byte-characters.ts';
import { pieceText } from '../../common/text/token.ts';
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

/** The first word that begins at a token or after it; null: there is none. White space belongs to no word. */
export function nextWord(tokens: readonly Token[], from: number): TokenWord | null {
  for (let first = from; first < tokens.length; first++) {
    let text = trimmed(tokens[first]);
    if (text === '') continue;
    let end = first + 1;
    while (end < tokens.length && isWithinWord(tokens, end)) text += trimmed(tokens[end++], true);
    return { first, end, text };
  }
  return null;
}

/** All words of a text, of whatever its tokens are: letters, pieces or words. */
export function wordsOf(tokens: readonly Token[]): TokenWord[] {
  const words: TokenWord[] = [];
  for (let word = nextWord(tokens, 0); word !== null; word = nextWord(tokens, word.end)) words.push(word);
  return words;
}

/** Whether a token goes on with a word that begins before it. */
export function isWithinWord(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  return token !== undefined && token.text.trim() !== '' && goesOn(tokens[index - 1], token);
}

/** @param isWithin it goes on with a word */
function trimmed(token: Token | undefined, isWithin = false): string {
  if (token === undefined) return '';
  return wholeCharacters(isWithin ? pieceText(token) : token.text).trim();
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
