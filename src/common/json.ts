/** JSON of strangers' files, read with a place for every mistake. */
import { findSyntaxError } from './strict-json.ts';

/** What JSON.parse makes of an object. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As deep as Hugging Face's libraries go; what walks through a value may call itself so often. */
const MAX_DEPTH = 128;
/** Entries of all lists and objects; the largest tokenizers of today have three million. */
const MAX_VALUES = 2 ** 23;
/** Entries of a config, which lists no vocabulary, and of what a capture says of its tokens. */
export const CONFIG_VALUES = 2 ** 18;
export const TOKEN_VALUES = 2 ** 20;
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What stands in place of a file that was not downloaded as it should be. */
const OTHERS: readonly (readonly [begin: RegExp, what: string])[] = [
  [
    /^version https:\/\/git-lfs/,
    'is a pointer of Git LFS, not the file that it stands for: run git lfs pull in its folder',
  ],
  [/^\ufeff/, 'begins with a byte order mark, which tokenizers refuses: save it as UTF-8 without one'],
  [/^\s*<(!doctype|html)/i, 'is a web page, not the file: download it again, from its own address'],
];

/**
 * Reads JSON.
 * @param mostValues of all lists and objects
 * @throws Error that says what is wrong and in which line and column; its text goes on from “config.json ”.
 */
export function parseJson(text: string, mostValues = MAX_VALUES): unknown {
  const excess = excessAt(text, mostValues);
  if (excess !== null) throw new Error(`${excess.what} (${placeOf(text, excess.at)})`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const other = OTHERS.find(([begin]) => begin.test(text));
    if (other !== undefined) throw new Error(other[1], { cause });
    throw new Error(`is not valid JSON${reasonOf(text)}`, { cause });
  }
}

/**
 * Where the nesting or the number of values passes its limit, found without making any of them; null: nowhere. In what is
 * no JSON the place may be wrong, but there always is one where a reader would use too much memory.
 */
function excessAt(text: string, mostValues: number): { readonly at: number; readonly what: string } | null {
  let [depth, values, isInText] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isInText = false;
      continue;
    }
    if (code === QUOTE) isInText = true;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if (code === COMMA) values++;
    if (depth > MAX_DEPTH) return { at, what: `is nested deeper than ${MAX_DEPTH} levels` };
    if (values > mostValues)
      return { at, what: `has more than ${mostValues.toLocaleString('en-US')} values` };
  }
  return null;
}

/** “: an unexpected character in line 3, column 5”; nothing where the strict reader finds no mistake. */
function reasonOf(text: string): string {
  const error = findSyntaxError(text, MAX_DEPTH);
  return error === null ? '' : `: ${error.message} (${placeOf(text, error.position)})`;
}

function placeOf(text: string, position: number): string {
  let [line, start] = [1, 0];
  for (let end = text.indexOf('\n'); end >= 0 && end < position; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return `line ${line}, column ${position - start + 1}`;
}
