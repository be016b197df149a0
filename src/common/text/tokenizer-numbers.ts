/**
 * What Rust's reader of JSON refuses and JSON.parse does not: whole numbers written as 1.0, and halves of characters
 * (\\ud800) by themselves.
 */

const [QUOTE, BACKSLASH, MINUS, ZERO, NINE] = [0x22, 0x5c, 0x2d, 0x30, 0x39];
const [OPEN, CLOSE] = [0x7b, 0x7d];
/** How many objects are open within “vocab” of “model”, whose keys are pieces. */
const VOCABULARY = 3;
/** Fields that hold whole numbers, as the file spells their names. */
const WHOLE: ReadonlySet<string> = new Set(
  [
    ...['id', 'type_id', 'max_length', 'stride', 'pad_to_multiple_of', 'pad_id', 'pad_type_id', 'Fixed'],
    ...['length', 'start', 'stop', 'unk_id', 'max_input_chars_per_word'],
  ].map((name) => `"${name}"`),
);
/** A file without any of these needs no closer look. */
const SUSPECT = /\\u[dD][89a-fA-F]|[[:,]\s*-?(?:\d+(?:\.|[eE])|(?<=-)0)/;
const NUMBER = /-?\d[\d.eE+-]*/y;
/** Before a number: a list in a list that begins with a text, as Unigram's pieces with their scores do. */
const SCORE = /[[,]\["", *$/;

/** @throws Error whose text goes on from “tokenizer.json ” */
export function checkAsRustReads(text: string): void {
  if (!SUSPECT.test(text)) return;
  // The signs before a place without white space, a text as "".
  let before = '';
  let last = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfText(text, at);
      last = text.slice(at, end);
      if (/\\u[dD]/.test(last)) checkCharacters(last);
      at = end - 1;
      before = `${before.slice(-3)}""`;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0] ?? '-';
      const isNamed = before.endsWith('"":');
      const isFree = isNamed ? depth !== VOCABULARY && !WHOLE.has(last) : SCORE.test(before);
      if (!isFree && /[.eE]|^-0$/.test(number) && Number.isInteger(Number(number)))
        throw new Error(
          `has ${number.slice(0, 40)} ${last === '' ? '' : `after ${last.slice(0, 80)}, `}where only a whole number could be, written as ${Math.abs(Number(number))}`,
        );
      at += number.length - 1;
      before = '';
    } else if (!/\s/.test(text[at] ?? '')) {
      if (code === OPEN) depth++;
      else if (code === CLOSE) depth--;
      before = before.slice(-4) + (text[at] ?? '');
    }
  }
}

/** The place behind a text that begins at a quotation mark. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let marks = 0;
    while (text.charCodeAt(end - 1 - marks) === BACKSLASH) marks++;
    if (marks % 2 === 0) return end + 1;
  }
  return text.length;
}

function checkCharacters(quoted: string): void {
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    // What is no JSON is told where it is read.
    return;
  }
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
    throw new Error(`has half a character by itself in ${quoted.slice(0, 80)}`);
}
