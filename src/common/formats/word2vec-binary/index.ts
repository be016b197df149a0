import { assertWithin, type ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { Format, ModelFolder } from '../format.ts';
import { cutNote, MOST_WIDTH, mostWords, wordModel } from '../word-table/model.ts';
import { WordList } from '../word-table/words.ts';

const NAMES = /\.(bin|w2v|model|vec)$/i;
/** `rows width`, and then no text. */
const HEADER = /^(\d{1,15}) (\d{1,7})\n/;
const HEAD = 4096;
/** Bytes that are read at a time. */
const PIECE = 8 * 2 ** 20;
const LONGEST_WORD = 64 * 1024;
/** Rows that are read at a time. */
const ROWS = 1024;
const INCOMPLETE = 'The file is not complete or was written wrongly: copy or download it again.';

/** word2vec's binary form: a line of text, then each word, a space and its float32 numbers. */
export const format: Format = {
  id: 'word2vec-binary',
  rank: 70,

  async claims(folder, wanted) {
    if (wanted !== null) return (await headerOf(folder, wanted)) === null ? null : wanted;
    for (const name of folder.names) if ((await headerOf(folder, name)) !== null) return name;
    return null;
  },

  async read(folder, entry) {
    const source = await folder.file(entry);
    const header = await headerOf(folder, entry);
    if (source === null || header === null)
      throw new HeadgateError(
        'not-found',
        `${folder.name} has no table of words ${quote(entry)} any more.`,
        'Open the folder again.',
      );
    const { words, starts } = await scan(source, header);
    const { count, width } = header;
    const rows = rowsSource(source, starts, width);
    return wordModel({
      files: [source],
      words,
      width,
      rows: { file: rows.name, begin: 0, end: rows.size },
      made: [rows],
      notes: [
        `A table of words in word2vec’s binary form: ${words.length.toLocaleString('en-US')} words of ${width} numbers.`,
        ...cutNote(words.length, count - words.length),
      ],
    });
  },
};

interface Header {
  readonly count: number;
  readonly width: number;
  /** Where the first word begins. */
  readonly begin: number;
}

/** What the first line tells; null for a file of another kind. */
async function headerOf(folder: ModelFolder, name: string): Promise<Header | null> {
  const source = NAMES.test(name) ? await folder.file(name) : null;
  if (source === null || source.size === 0) return null;
  const bytes = await source.read(0, Math.min(HEAD, source.size));
  const [line, rows, numbers] = HEADER.exec(new TextDecoder('latin1').decode(bytes)) ?? [];
  if (line === undefined) return null;
  const [count, width] = [Number(rows), Number(numbers)];
  if (count < 1 || width < 1 || width > MOST_WIDTH || isText(bytes.subarray(line.length))) return null;
  return { count, width, begin: line.length };
}

/** Numbers as text: the other form of such a table. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 9 && byte !== 11 && byte !== 12 && (byte >= 32 || byte <= 13));
}

/** The words, and where the numbers of each begin. @throws HeadgateError `word2vec-…` naming the file, the word and the rule */
async function scan(
  source: ByteSource,
  { count, width, begin }: Header,
): Promise<{ readonly words: WordList; readonly starts: Float64Array }> {
  const bad = (rule: string, what: string) =>
    new HeadgateError(`word2vec-${rule}`, `${quote(source.name)}: ${what}.`, INCOMPLETE);
  const row = 4 * width;
  if ((source.size - begin) / (row + 2) < count)
    throw bad(
      'size',
      `it says that it has ${count} words of ${width} numbers, for which its ${source.size} bytes are too few`,
    );
  const kept = Math.min(count, mostWords(width));
  const words = new WordList();
  const starts = new Float64Array(kept);
  let piece: Uint8Array = new Uint8Array();
  let from = begin;
  for (let at = begin; words.length < kept;) {
    // A word and its numbers lie in one piece.
    if (at + LONGEST_WORD + 2 > from + piece.length && from + piece.length < source.size) {
      from = at;
      piece = await source.read(from, Math.min(from + PIECE, source.size));
    }
    // Some programs end a row with a line end.
    while (piece[at - from] === 10) at++;
    const end = piece.indexOf(32, at - from);
    if (end < 0 || end - (at - from) > LONGEST_WORD)
      throw bad('word', `word ${words.length + 1} does not end at byte ${at}`);
    const word = piece.subarray(at - from, end);
    words.add(word);
    const numbers = from + end + 1;
    if (numbers + row > source.size)
      throw bad('row', `the numbers of ${quote(new TextDecoder().decode(word))} go beyond its end`);
    starts[words.length - 1] = numbers;
    at = numbers + row;
    if (at >= source.size && words.length < kept)
      throw bad('count', `it says that it has ${count} words, but there are ${words.length}`);
  }
  return { words, starts };
}

/** The numbers one row after another, without the words between them. */
function rowsSource(source: ByteSource, starts: Float64Array, width: number): ByteSource {
  const row = 4 * width;
  const name = `${source.name}/embedding.weight`;
  const size = starts.length * row;
  return {
    name,
    size,
    async read(begin, end) {
      assertWithin({ name, size }, begin, end);
      const result = new Uint8Array(end - begin);
      for (let first = Math.floor(begin / row); first * row < end; first += ROWS) {
        const last = Math.min(first + ROWS, Math.ceil(end / row));
        const low = starts[first] ?? 0;
        const piece = await source.read(low, (starts[last - 1] ?? 0) + row);
        for (let k = first; k < last; k++) {
          const [from, to] = [Math.max(begin, k * row), Math.min(end, (k + 1) * row)];
          const at = (starts[k] ?? 0) - low - k * row;
          result.set(piece.subarray(at + from, at + to), from - begin);
        }
      }
      return result;
    },
  };
}
