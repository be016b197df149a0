/** JSON of strangers' files, read with a place for every mistake. */
import { findSyntaxError } from './strict-json.ts';

/** What JSON.parse makes of an object. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As deep as Hugging Face's libraries go; what walks through a value may call itself so often. */
const MAX_DEPTH = 128;

/**
 * Reads JSON.
 * @throws Error that says what is wrong and in which line and column; its text goes on from “config.json ”.
 */
export function parseJson(text: string): unknown {
  const deep = tooDeepAt(text);
  if (deep !== null) throw new Error(`is nested deeper than ${MAX_DEPTH} levels (${placeOf(text, deep)})`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`is not valid JSON${reasonOf(text)}`, { cause });
  }
}

/** Where the nesting passes the limit; null: nowhere. Strings are skipped, so that brackets in them don't count. */
function tooDeepAt(text: string): number | null {
  const marks = /"(?:[^"\\]|\\.)*"?|[[{]|[\]}]/gs;
  let depth = 0;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    const [mark] = match;
    if (mark === '[' || mark === '{') depth++;
    else if (mark === ']' || mark === '}') depth--;
    if (depth > MAX_DEPTH) return match.index;
  }
  return null;
}

/** “: an unexpected character in line 3, column 5”; nothing where the strict reader finds no mistake. */
function reasonOf(text: string): string {
  const error = findSyntaxError(text, MAX_DEPTH);
  return error === null ? '' : `: ${error.message} (${placeOf(text, error.position)})`;
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  return `line ${line}, column ${position - before.lastIndexOf('\n')}`;
}
