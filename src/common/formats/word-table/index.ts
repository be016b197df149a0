import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { onlyOne } from '../folder-files.ts';
import type { Format, ModelFolder } from '../format.ts';
import { cutNote, wordModel } from './model.ts';
import { MOST_LINE, readNumbers, scanTable, tableKind, type TableKind, type WordTable } from './scan.ts';

const NAMES = /\.(txt|vec|tsv|w2v)$/i;
/** Lists and notes that stand beside models. */
const BESIDE = /^((.*[_.-])?vocab(ulary)?|merges|readme|license|requirements|notes)\.\w+$/i;
const HEAD = 64 * 1024;
/** Rows that are read at a time. */
const ROWS = 256;

/** Tables of words as text: word2vec (with its first line), GloVe and fastText's `.vec`. */
export const format: Format = {
  id: 'word-table',
  rank: 80,

  async claims(folder, wanted) {
    if (wanted !== null) return (await kindOf(folder, wanted)) === null ? null : wanted;
    const files: string[] = [];
    for (const name of folder.names)
      if (!BESIDE.test(name) && (await kindOf(folder, name)) !== null) files.push(name);
    return onlyOne(folder, files);
  },

  async read(folder, entry) {
    const source = await folder.file(entry);
    const kind = await kindOf(folder, entry);
    if (source === null || kind === null)
      throw new HeadgateError(
        'not-found',
        `${folder.name} has no table of words ${quote(entry)} any more.`,
        'Open the folder again.',
      );
    const table = await scanTable(source, kind);
    const rows = rowsSource(source, table);
    const { words, width } = table;
    return wordModel({
      files: [source],
      words,
      width,
      rows: { file: rows.name, begin: 0, end: rows.size },
      made: [rows],
      notes: notesOf(table),
    });
  },
};

function notesOf({ words, width, more, isCut, hasHeader }: WordTable): string[] {
  const count = words.length.toLocaleString('en-US');
  const notes = [
    `A table of words as text, ${hasHeader ? 'as word2vec and fastText write it' : 'as GloVe writes it'}: ${count} words of ${width} numbers.`,
  ];
  if (isCut) notes.push(...cutNote(words.length, more));
  return notes;
}

/** What the first lines tell; null for a file of another kind. */
async function kindOf(folder: ModelFolder, name: string): Promise<TableKind | null> {
  const source = NAMES.test(name) ? await folder.file(name) : null;
  if (source === null || source.size === 0) return null;
  // One row of a wide table may be longer than the first bytes.
  for (const size of [HEAD, MOST_LINE]) {
    const bytes = await source.read(0, Math.min(size, source.size));
    if (bytes.includes(0)) return null;
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
    if (size < source.size) lines.pop();
    else if (lines.at(-1) === '') lines.pop();
    if (lines.length > 1 || size >= source.size) return tableKind(lines);
  }
  return null;
}

/** The numbers of the table, float32 [words, width], read from the lines when they are asked for. */
function rowsSource(source: ByteSource, { words, width, starts }: WordTable): ByteSource {
  const name = `${source.name}/embedding.weight`;
  const size = words.length * width * 4;
  return {
    name,
    size,
    async read(begin, end) {
      if (!(begin >= 0 && begin <= end && end <= size))
        throw new RangeError(`bytes [${begin}, ${end}) of ${name}, which has ${size}`);
      const [first, last] = [Math.floor(begin / (4 * width)), Math.ceil(end / (4 * width))];
      const numbers = new Float32Array((last - first) * width);
      for (let row = first; row < last; row += ROWS) {
        const stop = Math.min(row + ROWS, last);
        const bytes = await source.read(starts[row] ?? 0, starts[stop] ?? 0);
        const lines = new TextDecoder()
          .decode(bytes)
          .split('\n')
          .filter((line) => line.trim() !== '');
        for (const [i, line] of lines.entries())
          if (!readNumbers(line, width, numbers, (row - first + i) * width))
            throw new HeadgateError(
              'table-row',
              `${quote(source.name)}: the row of ${quote(words[row + i] ?? '')} is not a word and ${width} numbers.`,
              'The file is damaged or was written wrongly: copy or download it again.',
            );
      }
      const from = begin - first * width * 4;
      return new Uint8Array(numbers.buffer, from, end - begin);
    },
  };
}
