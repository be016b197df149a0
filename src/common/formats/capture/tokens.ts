/** The tokens of a capture, as its metadata tells them. */
import { HeadgateError, quote } from '../../error.ts';
import { isObject, parseJson, TOKEN_VALUES } from '../../json.ts';

/** A token as a capture stores it. */
export interface CapturedToken {
  readonly id: number;
  readonly text: string;
  readonly special: boolean;
}

/** More are no text that anybody looks at. */
export const MOST_TOKENS = 2 ** 17;
const LONGEST = 1000;

/** @throws HeadgateError `capture-tokens` naming the file, the field and the rule */
export function tokensOf(file: string, field: string, json: string): CapturedToken[] {
  const bad = (what: string) =>
    new HeadgateError(
      'capture-tokens',
      `${quote(file)} is a capture, but ${quote(field)} of its metadata ${what}.`,
      'Write it again with “headgate capture” or save_capture of headgate-export.',
    );
  let list: unknown;
  try {
    list = parseJson(json, TOKEN_VALUES);
  } catch {
    throw bad('is not valid JSON');
  }
  if (!Array.isArray(list)) throw bad('is no list of tokens');
  if (list.length === 0) throw bad('is empty');
  if (list.length > MOST_TOKENS) throw bad(`has ${list.length} tokens; the limit is ${MOST_TOKENS}`);
  return list.map((entry: unknown, index): CapturedToken => {
    const token = typeof entry === 'string' ? { text: entry } : isObject(entry) ? entry : {};
    const { text, id, special } = token as Record<string, unknown>;
    if (typeof text !== 'string') throw bad(`has no text for token ${index}`);
    if (text.length > LONGEST)
      throw bad(`has a text of ${text.length} characters for token ${index}; the limit is ${LONGEST}`);
    if (id !== undefined && !(Number.isSafeInteger(id) && Number(id) >= 0))
      throw bad(`has no id for token ${index} that counts from 0`);
    if (special !== undefined && typeof special !== 'boolean')
      throw bad(`has a “special” for token ${index} that is neither true nor false`);
    return { id: Number(id ?? index), text, special: special === true };
  });
}

/** Tokens that nobody named, by their ids or places. */
export function unnamed(count: number, ids: readonly number[] | null): CapturedToken[] {
  return Array.from({ length: count }, (_, index) => {
    const id = ids?.[index];
    return { id: id ?? index, text: id === undefined ? `${index} ` : `#${id} `, special: false };
  });
}
