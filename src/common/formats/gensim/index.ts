import type { ByteSource } from '../../byte-source.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import { HeadgateError, quote } from '../../error.ts';
import { fileIn } from '../folder-files.ts';
import type { Format, ModelFolder } from '../format.ts';
import { readNpy } from '../numpy/array.ts';
import { Builder } from '../pytorch/build.ts';
import { readPickle } from '../pytorch/pickle.ts';
import { latin1Bytes, Refused, Tuple } from '../pytorch/values.ts';
import { cutNote, mostWords, wordModel } from '../word-table/model.ts';
import { WordList } from '../word-table/words.ts';
import { SAVE } from './save.ts';
import { skim } from './skim.ts';

const NAMES = /\.(kv|wordvectors|keyedvectors|model)$/i;
/** Bytes of the pickle, which is read in one piece; large arrays lie in files of their own. */
const MAX_PICKLE = 1536 * 2 ** 20;
const DTYPES: Readonly<Record<string, ElementType>> = { f4: 'F32', f2: 'F16', f8: 'F64' };

/** gensim's KeyedVectors: a pickle of the words, with the numbers inside or in a `.npy` beside it. */
export const format: Format = {
  id: 'gensim',
  rank: 72,

  async claims(folder, wanted) {
    if (wanted !== null) return (await isPickle(folder, wanted)) ? wanted : null;
    for (const name of folder.names) if (await isPickle(folder, name)) return name;
    return null;
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    const bad = (rule: string, what: string, hint = SAVE) =>
      new HeadgateError(`gensim-${rule}`, `${quote(entry)}: ${what}.`, hint);
    if (source.size > MAX_PICKLE)
      throw bad('size', `it has ${source.size} bytes; the limit is ${MAX_PICKLE}`);
    const builder = new Builder(entry);
    const bytes = await source.read(0, source.size);
    const { words: skimmed, gaps } = skim(entry, bytes);
    const { value } = readPickle(entry, bytes, 0, builder, skimmed === null ? null : gaps);
    const fields = vectorsIn(value);
    if (fields === null)
      throw bad(
        'kind',
        `it is a pickle of ${value instanceof Refused ? quote(value.type.path) : 'something else'}, not of gensim’s KeyedVectors`,
        'Save the vectors alone: model.wv.save("words.kv"), or open the file of the model itself.',
      );
    const words = wordsOf(skimmed, fields);
    if (words === null) throw bad('words', 'it holds no list of its words');
    const array = arrayOf(fields.get('vectors'), `${entry}/vectors`) ?? (await arrayBeside(folder, entry));
    if (array === null)
      throw bad(
        'vectors',
        `its numbers are in ${quote(`${entry}.vectors.npy`)}, which is not there`,
        'Copy that file too: gensim keeps large arrays in files of their own.',
      );
    const [rows = 0, width = 0] = array.shape;
    if (array.shape.length !== 2 || width < 1 || rows < words.length)
      throw bad(
        'shape',
        `it has ${words.length} words, and numbers of the shape [${array.shape.join(', ')}]`,
      );
    const kept = Math.min(words.length, mostWords(width));
    return wordModel({
      files: [source],
      words: words.first(kept),
      width,
      rows: {
        file: array.source.name,
        dtype: array.dtype,
        begin: array.begin,
        end: array.begin + kept * width * bytesOf(array.dtype),
      },
      made: [array.source],
      notes: [
        `gensim’s KeyedVectors: ${kept.toLocaleString('en-US')} words of ${width} numbers. Python classes were not built, only looked into.`,
        ...cutNote(kept, words.length - kept),
      ],
    });
  },
};

/** True for a pickle under a name that gensim's files have. */
async function isPickle(folder: ModelFolder, name: string): Promise<boolean> {
  const source = NAMES.test(name) ? await folder.file(name) : null;
  if (source === null || source.size < 16) return false;
  const head = await source.read(0, Math.min(256, source.size));
  return head[0] === 0x80 && /gensim/.test(new TextDecoder('latin1').decode(head));
}

type Fields = ReadonlyMap<unknown, unknown>;

/** The attributes of KeyedVectors: the object itself, or the `wv` of a whole model. */
function vectorsIn(value: unknown): Fields | null {
  if (!(value instanceof Refused) || !(value.state instanceof Map)) return null;
  const fields = value.state as Fields;
  if (fields.has('index_to_key') || fields.has('index2word')) return fields;
  return fields.has('wv') ? vectorsIn(fields.get('wv')) : null;
}

/** Those that were skimmed, and what was appended to their list one by one. */
function wordsOf(skimmed: WordList | null, fields: Fields): WordList | null {
  const list: unknown = fields.get('index_to_key') ?? fields.get('index2word');
  const words = skimmed ?? new WordList();
  const encoder = new TextEncoder();
  for (const word of Array.isArray(list) ? list : []) words.add(encoder.encode(String(word)));
  return words.length === 0 ? null : words;
}

interface StoredArray {
  readonly source: ByteSource;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
}

interface ArrayParts {
  readonly shape: unknown;
  readonly type: unknown;
  readonly isFortran: boolean;
  readonly data: unknown;
}

/**
 * What a numpy array was pickled as: a state (version, shape, dtype, column order, bytes), or with protocol 5 the
 * arguments (bytes, dtype, shape, order) of `_frombuffer`.
 */
function partsOf({ type: made, state, args }: Refused): ArrayParts | null {
  if (/^numpy\.(_core|core)\.numeric\._frombuffer$/.test(made.path)) {
    const [data, type, shape, order] = args;
    return { shape, type, isFortran: order === 'F', data };
  }
  if (!(state instanceof Tuple)) return null;
  const [, shape, type, isFortran, data] = state.items;
  return { shape, type, isFortran: isFortran === true, data };
}

/** A numpy array inside of the pickle; null: it is none, or of another type. */
function arrayOf(value: unknown, name: string): StoredArray | null {
  if (!(value instanceof Refused)) return null;
  const parts = partsOf(value);
  if (parts === null) return null;
  const { shape, type, isFortran, data } = parts;
  const code = type instanceof Refused ? String(type.args[0]) : '';
  const dtype = DTYPES[code];
  const bytes = data instanceof Uint8Array ? data : latin1(data);
  if (!(shape instanceof Tuple) || dtype === undefined || isFortran || bytes === null) return null;
  const sizes = shape.items.map(Number);
  const size = sizes.reduce((product, one) => product * one, bytesOf(dtype));
  if (size !== bytes.length) return null;
  return {
    source: { name, size, read: (begin, end) => Promise.resolve(bytes.slice(begin, end)) },
    dtype,
    shape: sizes,
    begin: 0,
  };
}

/** Older protocols write bytes as text: `_codecs.encode(text, "latin1")`. */
function latin1(value: unknown): Uint8Array | null {
  if (!(value instanceof Refused) || value.type.path !== '_codecs.encode') return null;
  const [text] = value.args;
  return typeof text === 'string' ? latin1Bytes(text) : null;
}

/** The array that gensim keeps in a file of its own. @throws HeadgateError `npy-…`, `gensim-vectors` */
async function arrayBeside(folder: ModelFolder, entry: string): Promise<StoredArray | null> {
  for (const name of [`${entry}.vectors.npy`, `${entry}.wv.vectors.npy`, `${entry}.syn0.npy`]) {
    const source = await folder.file(name);
    if (source === null) continue;
    const { descr, dtype, shape, isFortran, begin } = await readNpy(source);
    if (dtype === null || !['F32', 'F16', 'F64'].includes(dtype) || isFortran)
      throw new HeadgateError(
        'gensim-vectors',
        `${quote(name)} holds ${isFortran ? 'its numbers column by column' : `numbers of the type ${quote(descr)}`}; floating-point numbers row by row can be read.`,
        SAVE,
      );
    return { source, dtype, shape, begin };
  }
  return null;
}
