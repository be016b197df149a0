import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { Format, ModelFolder } from '../format.ts';
import { cutNote, MOST_WIDTH, mostWords, wordModel } from '../word-table/model.ts';

const NUMBERS = /\.tsv$/i;
const WORDS = /^(.*[_.-])?(metadata|meta|labels|words)\.tsv$/i;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const HEAD = 256 * 1024;
/** Bytes of the numbers as text: they are read in one piece. */
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
    const { numbers, count } = readRows(
      new TextDecoder().decode(await source.read(0, source.size)),
      width,
      bad,
    );
    const { words, named } = await readWords(list, count);
    if (words.length !== count)
      throw bad('count', `it has ${count} rows, but ${quote(list.name)} has ${words.length} words`);
    const kept = Math.min(count, mostWords(width));
    const bytes = new Uint8Array(numbers.buffer, 0, kept * width * 4);
    const name = `${entry}/embedding.weight`;
    return wordModel({
      files: [source, list],
      words: words.slice(0, kept),
      width,
      rows: { file: name, begin: 0, end: bytes.length },
      made: [{ name, size: bytes.length, read: (begin, end) => Promise.resolve(bytes.slice(begin, end)) }],
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

function readRows(
  text: string,
  width: number,
  bad: (rule: string, what: string) => HeadgateError,
): { readonly numbers: Float32Array<ArrayBuffer>; readonly count: number } {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const numbers = new Float32Array(lines.length * width);
  for (const [row, line] of lines.entries()) {
    const fields = line.split('\t');
    if (fields.length !== width)
      throw bad('row', `row ${row + 1} has ${fields.length} numbers; the first has ${width}`);
    for (const [k, field] of fields.entries()) {
      if (!NUMBER.test(field.trim())) throw bad('number', `row ${row + 1} has ${quote(field)} for a number`);
      numbers[row * width + k] = Number(field);
    }
  }
  return { numbers, count: lines.length };
}

/** A word a line; a file of several columns has their names in its first line. */
async function readWords(
  source: ByteSource,
  rows: number,
): Promise<{ readonly words: string[]; readonly named: string | null }> {
  if (source.size > MAX_WORDS)
    throw new HeadgateError(
      'projector-size',
      `${quote(source.name)}: it has ${source.size} bytes; the limit is ${MAX_WORDS}.`,
      'Export it with the words alone.',
    );
  const lines = new TextDecoder()
    .decode(await source.read(0, source.size))
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const titles = lines[0]?.split('\t') ?? [];
  if (titles.length === 1 && lines.length === rows) return { words: lines, named: null };
  const column = Math.max(
    0,
    titles.findIndex((title) => /^(word|label|name|token|text)s?$/i.test(title.trim())),
  );
  return {
    words: lines.slice(1).map((line) => line.split('\t')[column] ?? ''),
    named: titles[column] ?? null,
  };
}
