import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { MOST_WIDTH, mostWords } from './model.ts';

/** Bytes of the longest line. */
export const MOST_LINE = 2 ** 20;
/** Bytes that are read at a time. */
const PIECE = 4 * 2 ** 20;
/** Lines that tell the width of a table without a header. */
const SAMPLE = 50;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const COUNTS = /^(\d+)[ \t](\d+)[ \t]*$/;

export interface WordTable {
  readonly words: readonly string[];
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

/**
 * The words of a table and where their lines lie; the numbers are read later.
 * @throws HeadgateError `table-…` naming the file, the line and the rule
 */
export async function scanTable(source: ByteSource, { width, count }: TableKind): Promise<WordTable> {
  const limit = mostWords(width);
  const words: string[] = [];
  const starts: number[] = [];
  let lineNumber = 0;
  let end = 0;
  for await (const { text, begin, next } of linesOf(source)) {
    lineNumber++;
    if (count !== null && lineNumber === 1) continue;
    if (trimmed(text) === '') continue;
    if (words.length === limit) break;
    const line = trimmed(text);
    const split = splitAt(line, width);
    if (split === null)
      throw new HeadgateError(
        'table-row',
        `${quote(source.name)}: line ${lineNumber} is not a word and ${width} numbers.`,
        'The file is not complete or was written wrongly: copy or download it again.',
      );
    words.push(line.slice(0, split));
    starts.push(begin);
    end = next;
  }
  if (count !== null && words.length < Math.min(count, limit))
    throw new HeadgateError(
      'table-count',
      `${quote(source.name)} says that it has ${count} words, but there are ${words.length}.`,
      'The file is not complete: copy or download it again.',
    );
  const isCut = words.length === limit && end < source.size;
  return {
    words,
    width,
    starts: Float64Array.from([...starts, end]),
    more: count === null ? null : count - words.length,
    isCut,
    hasHeader: count !== null,
  };
}

interface Line {
  readonly text: string;
  readonly begin: number;
  /** Where the next line begins. */
  readonly next: number;
}

/** The lines of a file, read in pieces. @throws HeadgateError `table-line`, `table-text` */
async function* linesOf(source: ByteSource): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: false });
  let rest = new Uint8Array();
  let restAt = 0;
  for (let at = 0; at < source.size; at += PIECE) {
    const piece = await source.read(at, Math.min(at + PIECE, source.size));
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    let from = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      yield { text: decoder.decode(bytes.subarray(from, end)), begin: restAt + from, next: restAt + end + 1 };
      from = end + 1;
    }
    rest = bytes.slice(from);
    restAt += from;
    if (rest.length > MOST_LINE)
      throw new HeadgateError(
        'table-line',
        `${quote(source.name)} has a line of more than ${MOST_LINE} bytes (at byte ${restAt}).`,
        'The file is no table of words, or it is damaged.',
      );
  }
  if (rest.length > 0) yield { text: decoder.decode(rest), begin: restAt, next: source.size };
}
