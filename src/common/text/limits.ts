/** How far a tokenizer goes: a file that makes gigabytes of a word is stopped long before. */
import { HeadgateError } from '../error.ts';

/** Characters of a text after every step; each is an object of some 60 bytes. */
const MOST_CHARACTERS = 2 ** 21;
/** Tokens of a text. */
const MOST_TOKENS = 2 ** 20;

/** @throws HeadgateError `too-many-characters` */
export function checkCharacters(count: number): void {
  if (count <= MOST_CHARACTERS) return;
  throw new HeadgateError(
    'too-many-characters',
    `The tokenizer makes more than ${MOST_CHARACTERS.toLocaleString('en-US')} characters of this text and was stopped.`,
    'Use a shorter text; if short texts fail too, the tokenizer’s files have a rule that makes texts longer.',
  );
}

/** @throws HeadgateError `too-many-tokens` */
export function checkTokens(count: number): void {
  if (count <= MOST_TOKENS) return;
  throw new HeadgateError(
    'too-many-tokens',
    `The tokenizer makes more than ${MOST_TOKENS.toLocaleString('en-US')} tokens of this text and was stopped.`,
    'Use a shorter text; if short texts fail too, the tokenizer’s files have a rule that makes texts longer.',
  );
}

/** The files of a tokenizer keep the thread busy. @param limit in milliseconds */
export function openingTooSlow(limit: number): HeadgateError {
  return new HeadgateError(
    'tokenizer-timeout',
    `The tokenizer’s files were not read within ${limit / 1000} s; reading was stopped.`,
    'Check that tokenizer.json belongs to the model and is not damaged.',
  );
}
