import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { linePieces } from './lines.ts';
import { MOST_WIDTH, mostWords } from './model.ts';
import { WordList } from './words.ts';

/** Lines that tell the width of a table without a header. */
const SAMPLE = 50;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const COUNTS = /^(\d+)[ \t](\d+)[ \t]*$/;

export interface WordTable {
  readonly words: WordList;
  /** Numbers of a word. */
  readonly width: number;
  /** Where line `row` begins; one more at the end. */
  readonly starts: Float64Array;
  /** Words that the file has beyond those; null when it does not say. */
  readonly more: number | null;
  readonly isCut: boolean;
  readonly hasHeader: boolean;
}

/** What the first lines of a file tell; null for one that is no table of words. */
export interface TableKind {
  readonly width: number;
  /** Rows that a word2vec header tells; null without one. */
  readonly count: number | null;
}

/**
 * Tells word2vec's text (`rows width`, then a word and its numbers a line) and GloVe's (no first line).
 * @param lines whole lines from the beginning of the file
 */
export function tableKind(lines: readonly string[]): TableKind | null {
  const counts = COUNTS.exec(lines[0] ?? '');
  const rows = lines.slice(counts === null ? 0 : 1, SAMPLE).map((line) => fields(line));
  const [first] = rows;
  if (first === undefined) return null;
  if (counts !== null) {
    const [count, width] = [Number(counts[1]), Number(counts[2])];
    if (width < 1 || width > MOST_WIDTH || !Number.isSafeInteger(count)) return null;
    return numbersAtEnd(first) >= width ? { width, count } : null;
  }
  // A word may look like a number, and have spaces: the shortest row has one word and the rest are numbers.
  const width = Math.min(...rows.map((row) => Math.min(numbersAtEnd(row), row.length - 1)));
  const isWord = rows.some((row) => !NUMBER.test(row[0] ?? ''));
  return width >= 2 && width <= MOST_WIDTH && isWord ? { width, count: null } : null;
}

const fields = (line: string) => line.replace(/[ \t]+$/, '').split(/[ \t]/);

function numbersAtEnd(row: readonly string[]): number {
  let count = 0;
  while (count < row.length && NUMBER.test(row[row.length - 1 - count] ?? '')) count++;
  return count;
}

/** Where the last `width` fields of a line begin; null when there are fewer, or no word before them. */
function splitAt(line: string, width: number): number | null {
  let at = line.length;
  for (let i = 0; i < width; i++) {
    at = Math.max(line.lastIndexOf(' ', at - 1), line.lastIndexOf('\t', at - 1));
    if (at <= 0) return null;
  }
  return at;
}

const trimmed = (line: string) => line.replace(/[ \t\r]+$/, '');

/** The numbers of a line. @returns false when one is no number */
export function readNumbers(line: string, width: number, into: Float32Array, at: number): boolean {
  const text = trimmed(line);
  const split = splitAt(text, width);
  if (split === null) return false;
  const numbers = text.slice(split + 1).split(/[ \t]/);
  for (const [i, number] of numbers.entries()) {
    if (!NUMBER.test(number)) return false;
    into[at + i] = Number(number);
  }
  return numbers.length === width;
}

/** The word of a line: what stands before its last `width` fields; null when there are fewer, or no word before them. */
function wordIn(line: Uint8Array, width: number): Uint8Array | null {
  let at = line.length;
  while (at > 0 && isBlank(line[at - 1])) at--;
  for (let fields = 0; fields < width; fields++) {
    at--;
    while (at > 0 && !isSeparator(line[at])) at--;
    if (at <= 0) return null;
  }
  return line.subarray(0, at);
}

const isSeparator = (byte: number | undefined) => byte === 32 || byte === 9;
const isBlank = (byte: number | undefined) => isSeparator(byte) || byte === 13;

/**
 * The words of a table and where their lines lie; the numbers are read later.
 * @throws HeadgateError `table-…` naming the file, the line and the rule
 */
export async function scanTable(source: ByteSource, { width, count }: TableKind): Promise<WordTable> {
  // A row has a word of a byte at least, and a blank and a digit for each number.
  const most = Math.floor((source.size + 1) / (2 + 2 * width));
  const limit = mostWords(width);
  const words = new WordList();
  const starts = new Float64Array(Math.min(limit, most) + 1);
  let lineNumber = 0;
  let end = 0;
  for await (const lines of linePieces(source)) {
    if (words.length === limit) break;
    for (const { bytes, begin, next } of lines) {
      lineNumber++;
      if ((count !== null && lineNumber === 1) || bytes.every(isBlank)) continue;
      if (words.length === limit) break;
      const word = wordIn(bytes, width);
      if (word === null)
        throw new HeadgateError(
          'table-row',
          `${quote(source.name)}: line ${lineNumber} is not a word and ${width} numbers.`,
          'The file is not complete or was written wrongly: copy or download it again.',
        );
      starts[words.length] = begin;
      words.add(word);
      end = next;
    }
  }
  if (count !== null && words.length < Math.min(count, limit))
    throw new HeadgateError(
      'table-count',
      `${quote(source.name)} says that it has ${count} words, but there are ${words.length}.`,
      'The file is not complete: copy or download it again.',
    );
  starts[words.length] = end;
  return {
    words,
    width,
    starts: starts.subarray(0, words.length + 1),
    more: count === null ? null : count - words.length,
    isCut: words.length === limit && end < source.size,
    hasHeader: count !== null,
  };
}
