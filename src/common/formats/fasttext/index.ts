import type { ByteSource } from '../../byte-source.ts';
import { fileIn } from '../folder-files.ts';
import type { Format, ModelFolder } from '../format.ts';
import { cutNote, wordModel } from '../word-table/model.ts';
import { readFastText } from './file.ts';
import { averagedRows } from './rows.ts';

const NAMES = /\.(bin|ftz|model)$/i;
const MAGIC = 793_712_314;

/** fastText's own file: words, and buckets of parts of words for those that it does not have. */
export const format: Format = {
  id: 'fasttext',
  rank: 71,

  async claims(folder, wanted) {
    if (wanted !== null) return (await isFastText(folder, wanted)) ? wanted : null;
    for (const name of folder.names) if (await isFastText(folder, name)) return name;
    return null;
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    const file = await readFastText(source);
    const { words, width, rules, matrix, total, wordRows } = file;
    const rows: ByteSource = averagedRows(source, file);
    const hasParts = rules.buckets > 0;
    const begin = matrix + wordRows * width * 4;
    return wordModel({
      files: [source],
      words,
      width,
      rows: { file: rows.name, begin: 0, end: rows.size },
      made: [rows],
      more: hasParts
        ? [
            {
              name: 'subword.weight',
              dtype: 'F32',
              shape: [rules.buckets, width],
              file: source.name,
              begin,
              end: begin + rules.buckets * width * 4,
            },
          ]
        : [],
      ...(hasParts && { config: { subwords: rules } }),
      notes: [
        `fastText’s own file: ${words.length.toLocaleString('en-US')} words of ${width} numbers${hasParts ? `, and ${rules.buckets.toLocaleString('en-US')} buckets of parts of ${rules.min_n} to ${rules.max_n} characters. A word’s vector is the mean of its own and those of its parts; a word that is not in the list has that of its parts` : ''}.`,
        ...cutNote(words.length, total - words.length),
      ],
    });
  },
};

async function isFastText(folder: ModelFolder, name: string): Promise<boolean> {
  const source = NAMES.test(name) ? await folder.file(name) : null;
  if (source === null || source.size < 8) return false;
  const head = await source.read(0, 4);
  return new DataView(head.buffer, head.byteOffset, 4).getInt32(0, true) === MAGIC;
}
