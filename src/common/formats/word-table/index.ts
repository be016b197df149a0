import { HeadgateError, quote } from '../../error.ts';
import { onlyOne } from '../folder-files.ts';
import type { Format, ModelFolder } from '../format.ts';
import { MOST_LINE } from './lines.ts';
import { cutNote, wordModel } from './model.ts';
import { textRows } from './rows.ts';
import { scanTable, tableKind, type TableKind, type WordTable } from './scan.ts';

const NAMES = /\.(txt|vec|tsv|w2v)$/i;
/** Lists and notes that stand beside models. */
const BESIDE = /^((.*[_.-])?vocab(ulary)?|merges|readme|license|requirements|notes)\.\w+$/i;
const HEAD = 64 * 1024;

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
    const { words, width, starts } = table;
    const rows = textRows(source, { starts, width, hasWords: true }, (row) => words.at(row));
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
