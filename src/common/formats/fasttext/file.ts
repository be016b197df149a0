/** What stands in front of the matrices of a fastText file (version 12): arguments and the list of words. */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { SubwordRules } from '../../text/subwords.ts';
import { MOST_WIDTH } from '../word-table/model.ts';
import { WordList } from '../word-table/words.ts';

export interface FastTextFile {
  /** Those that are kept, in the order of their rows. */
  readonly words: WordList;
  /** Words of the file. */
  readonly total: number;
  readonly width: number;
  readonly rules: SubwordRules;
  /** Where the matrix of inputs begins: words, then buckets, float32. */
  readonly matrix: number;
  /** Rows in front of the buckets: all words of the file. */
  readonly wordRows: number;
}

const VERSION = 12;
const PIECE = 4 * 2 ** 20;
const LONGEST_WORD = 64 * 1024;
/** Vectors are means that are made once and held: so many bytes of them. */
const MOST_BYTES = 256 * 2 ** 20;
const INCOMPLETE = 'The file is not complete or was written wrongly: copy or download it again.';

/** @throws HeadgateError `fasttext-…` naming the file and the rule */
export async function readFastText(source: ByteSource): Promise<FastTextFile> {
  const bad = (rule: string, what: string, hint = INCOMPLETE) =>
    new HeadgateError(`fasttext-${rule}`, `${quote(source.name)}: ${what}.`, hint);
  // Magic, version, 12 numbers, one of 8 bytes; then sizes of the list: 3 numbers, two of 8 bytes.
  if (source.size < 92) throw bad('size', `it has ${source.size} bytes; a fastText file has at least 92`);
  const head = await source.read(0, 92);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const int = (index: number) => view.getInt32(index * 4, true);
  const version = int(1);
  if (version !== VERSION)
    throw bad(
      'version',
      `it is of version ${version}; ${VERSION} can be read`,
      'Load it with the fastText of today and save it again (save_model), or open its .vec file.',
    );
  const [width, buckets, least, most] = [int(2), int(10), int(11), int(12)];
  if (width < 1 || width > MOST_WIDTH)
    throw bad('width', `its vectors have ${width} numbers; 1 to ${MOST_WIDTH} can be read`);
  const [entries, total] = [int(16), int(17)];
  const pruned = view.getBigInt64(84, true);
  if (entries < 1 || total < 1 || total > entries)
    throw bad('words', `it says that ${total} of its ${entries} entries are words`);
  if (pruned >= 0n)
    throw bad(
      'pruned',
      'it is a compressed model (.ftz), whose vectors are quantised',
      'Open the .bin that it was made of.',
    );
  if (least < 0 || most < 0 || most > 1000 || buckets < 0)
    throw bad('parts', `its parts of words have ${least} to ${most} characters in ${buckets} buckets`);
  if ((source.size - 92) / 10 < entries)
    throw bad(
      'words',
      `it says that it has ${entries} entries, for which its ${source.size} bytes are too few`,
    );
  const kept = Math.min(total, Math.max(1, Math.floor(MOST_BYTES / (4 * width))));
  const { words, end } = await readEntries(source, entries, kept, bad);
  const facts = await source.read(end, Math.min(end + 17, source.size));
  if (facts.length < 17) throw bad('truncated', 'it ends in front of its vectors');
  const after = new DataView(facts.buffer, facts.byteOffset, facts.byteLength);
  if (after.getUint8(0) !== 0)
    throw bad('quantised', 'its vectors are quantised', 'Open the .bin that it was made of.');
  const [rows, columns] = [Number(after.getBigInt64(1, true)), Number(after.getBigInt64(9, true))];
  const hasParts = most > 0 && least <= most;
  if (columns !== width || (rows !== total + buckets && rows !== total))
    throw bad(
      'matrix',
      `its vectors are [${rows}, ${columns}]; ${total} words and ${buckets} buckets of ${width} are expected`,
    );
  const matrix = end + 17;
  if (matrix + rows * columns * 4 > source.size)
    throw bad(
      'truncated',
      `its vectors end ${matrix + rows * columns * 4 - source.size} bytes behind the end of the file`,
    );
  return {
    words,
    total,
    width,
    rules: { min_n: least, max_n: most, buckets: hasParts ? rows - total : 0 },
    matrix,
    wordRows: total,
  };
}

/** Words that end with a zero byte, each with a count and a kind; labels follow the words. */
async function readEntries(
  source: ByteSource,
  entries: number,
  kept: number,
  bad: (rule: string, what: string) => HeadgateError,
): Promise<{ readonly words: WordList; readonly end: number }> {
  const words = new WordList();
  let from = 92;
  let piece: Uint8Array = new Uint8Array();
  let at = from;
  for (let k = 0; k < entries; k++) {
    if (at + LONGEST_WORD + 16 > from + piece.length && from + piece.length < source.size) {
      from = at;
      piece = await source.read(from, Math.min(from + PIECE, source.size));
    }
    const end = piece.indexOf(0, at - from);
    if (end < 0 || from + end + 10 > source.size || end - (at - from) > LONGEST_WORD)
      throw bad('word', `word ${k + 1} does not end at byte ${at}`);
    if (words.length < kept) words.add(piece.subarray(at - from, end));
    at = from + end + 10;
  }
  return { words, end: at };
}
