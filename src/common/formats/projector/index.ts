import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { Format, ModelFolder } from '../format.ts';
import { cutNote, MOST_WIDTH, mostWords, wordModel } from '../word-table/model.ts';
import { linePieces } from '../word-table/lines.ts';
import { textRows } from '../word-table/rows.ts';
import { WordList } from '../word-table/words.ts';
import { faultOf, fieldOf, isBlank, NUMBER } from './fields.ts';

const NUMBERS = /\.tsv$/i;
const WORDS = /^(.*[_.-])?(metadata|meta|labels|words)\.tsv$/i;
const HEAD = 256 * 1024;
/** Bytes of the numbers as text: all are looked through. */
const MAX_TEXT = 512 * 2 ** 20;
const MAX_WORDS = 128 * 2 ** 20;

/** The pair of files of TensorFlow's Embedding Projector: rows of numbers, and a word for each. */
export const format: Format = {
  id: 'projector',
  rank: 75,

  async claims(folder, wanted) {
    const words = folder.names.filter((name) => WORDS.test(name));
    if (words.length === 0) return null;
    const candidates = wanted === null || WORDS.test(wanted) ? folder.names : [wanted];
    if (wanted !== null && !NUMBERS.test(wanted)) return null;
    for (const name of candidates)
      if (NUMBERS.test(name) && !WORDS.test(name) && (await widthOf(folder, name)) !== null) return name;
    return null;
  },

  async read(folder, entry) {
    const source = await folder.file(entry);
    const width = await widthOf(folder, entry);
    const list = await wordsBeside(folder, entry);
    if (source === null || width === null || list === null)
      throw new HeadgateError(
        'not-found',
        `${folder.name} has no pair of ${quote(entry)} and its words any more.`,
        'Open the folder again.',
      );
    const bad = (rule: string, what: string) =>
      new HeadgateError(
        `projector-${rule}`,
        `${quote(entry)}: ${what}.`,
        'Export both files again, from the same words.',
      );
    if (source.size > MAX_TEXT) throw bad('size', `it has ${source.size} bytes; the limit is ${MAX_TEXT}`);
    const { starts, count } = await scanRows(source, width, bad);
    const { words, named } = await readWords(list, count);
    if (words.length !== count)
      throw bad(
        'count',
        `it has ${count} ${count === 1 ? 'row' : 'rows'}, but ${quote(list.name)} has ${words.length} ${words.length === 1 ? 'word' : 'words'}`,
      );
    const kept = Math.min(count, mostWords(width));
    const table = { starts: starts.subarray(0, kept + 1), width, hasWords: false };
    const rows = textRows(source, table, (row) => words.at(row));
    return wordModel({
      files: [source, list],
      words: kept < count ? WordList.of(firstOf(words.texts(), kept)) : words,
      width,
      rows: { file: rows.name, begin: 0, end: rows.size },
      made: [rows],
      notes: [
        `A table of words as the Embedding Projector has it: ${kept.toLocaleString('en-US')} words of ${width} numbers, the words from ${quote(list.name)}${named === null ? '' : `, column ${quote(named)}`}.`,
        ...cutNote(kept, count - kept),
      ],
    });
  },
};

/** The file of words that belongs to rows of numbers: under a name with the same beginning, or the only one. */
async function wordsBeside(folder: ModelFolder, entry: string): Promise<ByteSource | null> {
  const files = folder.names.filter((name) => WORDS.test(name));
  const begin = entry.replace(/(vectors|tensors?|vecs|embeddings?)?\.tsv$/i, '');
  const own = files.find((name) => begin !== '' && name.startsWith(begin)) ?? files[0];
  return own === undefined ? null : folder.file(own);
}

/** Numbers in a row; null for a file whose first lines are something else. */
async function widthOf(folder: ModelFolder, name: string): Promise<number | null> {
  const source = await folder.file(name);
  if (source === null || source.size === 0) return null;
  const lines = new TextDecoder().decode(await source.read(0, Math.min(HEAD, source.size))).split(/\r?\n/);
  if (source.size > HEAD) lines.pop();
  const rows = lines
    .filter((line) => line.trim() !== '')
    .slice(0, 20)
    .map((line) => line.split('\t'));
  const width = rows[0]?.length ?? 0;
  const isTable =
    width >= 2 &&
    width <= MOST_WIDTH &&
    rows.every((row) => row.length === width && row.every((number) => NUMBER.test(number.trim())));
  return isTable ? width : null;
}

/** Where the rows begin, and where the last one ends. @throws HeadgateError `projector-row`, `projector-number` */
async function scanRows(
  source: ByteSource,
  width: number,
  bad: (rule: string, what: string) => HeadgateError,
): Promise<{ readonly starts: Float64Array; readonly count: number }> {
  // A number and what parts it from the next take two bytes at least.
  const starts = new Float64Array(Math.floor((source.size + 1) / (2 * width)) + 1);
  let [count, end, blanks] = [0, 0, 0];
  for await (const lines of linePieces(source))
    for (const { bytes, begin, next } of lines) {
      if (isBlank(bytes)) {
        blanks++;
        continue;
      }
      if (blanks > 0) throw bad('row', `row ${count + 1} has no numbers; the first has ${width}`);
      const fault = faultOf(bytes, width);
      if (fault !== null) throw bad(fault.rule, `row ${count + 1} has ${fault.what}`);
      starts[count++] = begin;
      end = next;
    }
  starts[count] = end;
  return { starts: starts.subarray(0, count + 1), count };
}

/** A word a line; a file of several columns has their names in its first line. */
async function readWords(
  source: ByteSource,
  rows: number,
): Promise<{ readonly words: WordList; readonly named: string | null }> {
  if (source.size > MAX_WORDS)
    throw new HeadgateError(
      'projector-size',
      `${quote(source.name)}: it has ${source.size} bytes; the limit is ${MAX_WORDS}.`,
      'Export it with the words alone.',
    );
  const words = new WordList();
  let titles: readonly string[] | null = null;
  let column = 0;
  for await (const lines of linePieces(source))
    for (const { bytes } of lines) {
      const line = bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
      if (titles !== null) {
        words.add(fieldOf(line, column));
        continue;
      }
      titles = new TextDecoder().decode(line).split('\t');
      column = Math.max(
        0,
        titles.findIndex((title) => /^(word|label|name|token|text)s?$/i.test(title.trim())),
      );
    }
  const [title] = titles ?? [];
  // One column has no title where there is a word for each row without it.
  if (titles?.length === 1 && title !== undefined && words.length === rows - 1)
    return { words: WordList.of(withFirst(title, words)), named: null };
  return { words, named: titles?.[column] ?? null };
}

function* withFirst(first: string, words: WordList): Generator<string> {
  yield first;
  yield* words.texts();
}

function* firstOf(texts: Iterable<string>, count: number): Generator<string> {
  let taken = 0;
  for (const text of texts) {
    if (taken++ === count) return;
    yield text;
  }
}
