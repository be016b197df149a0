import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../../src/common/read-model.ts';
import { bucketsOf, type SubwordRules } from '../../../src/common/text/subwords.ts';
import { parseVocabulary } from '../../../src/common/text/vocabulary.ts';
import { must } from '../../helpers/must.ts';
import { folderOf } from './folder.ts';
import { rejection, told } from './make-safetensors.ts';

const ROOT = 'test/fixtures/words';
interface Told {
  readonly words: readonly string[];
  readonly vectors: readonly (readonly number[])[];
  readonly beyond: Readonly<Record<string, readonly number[]>>;
}
const expected = JSON.parse(readFileSync(`${ROOT}/expected.json`, 'utf8')) as Record<string, Told>;
const bytesOf = (file: string) => new Uint8Array(readFileSync(`${ROOT}/${file}`));

async function open(files: Record<string, string | Uint8Array>, wanted: string | null = null) {
  const read = await readModel(folderOf(files), { id: 'm', source: 'opened', wanted, fileId: (id) => id });
  const floats = async (name: string) => {
    const { file, begin, end } = must(read.detail.tensors.find((tensor) => tensor.name === name));
    return new Float32Array((await must(read.files.get(file)).read(begin, end)).slice().buffer);
  };
  const list = must(read.files.get('vocab.txt'));
  const words = parseVocabulary('vocab.txt', new TextDecoder().decode(await list.read(0, list.size)));
  return { ...read, words, floats };
}

const close = (actual: ArrayLike<number>, wanted: readonly number[]) => {
  expect(actual).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(actual[i]).toBeCloseTo(value, 6);
};

/** A pickle of KeyedVectors, protocol 4, with such attributes. */
const keyedVectors = (attributes: string) =>
  Uint8Array.from(
    Buffer.from(
      `\x80\x04${kept('gensim.models.keyedvectors')}${kept('KeyedVectors')}\x93\x94)\x81\x94}\x94(${attributes}ub.`,
      'latin1',
    ),
  );
/** A text that is kept; the first of the attributes has the number 5. */
const kept = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}\x94`;

test.each([
  [
    'taken from a table before the list, as another attribute is',
    `${kept('key_to_index')}}\x94(${kept('a')}K\0${kept('b')}K\x01u${kept('index_to_key')}]\x94(h\x07h\x08e${kept('other')}h\x07`,
    ['a', 'b'],
  ],
  [
    'in batches, the last alone',
    `${kept('index_to_key')}]\x94(${kept('a')}${kept('b')}e${kept('c')}a`,
    ['a', 'b', 'c'],
  ],
  [
    'beside objects of older versions',
    `${kept('vocab')}}\x94(${kept('a')}cgensim\nVocab\n\x94)\x81\x94}\x94(${kept('count')}K\x05${kept('index')}K\0ubu${kept('index2word')}]\x94(h\x07e${kept('count')}K\x02`,
    ['a'],
  ],
  ['that are numbers', `${kept('index_to_key')}]\x94(K\x01K\x02e`, ['1', '2']],
])('words of a pickle: %s', async (_, attributes, wanted) => {
  const files = { 'm.kv': keyedVectors(attributes), 'm.kv.vectors.npy': bytesOf('beside.kv.vectors.npy') };
  expect((await open(files, 'm.kv')).words).toEqual(wanted);
});

describe('tables of words in binary files', () => {
  test.each(Object.keys(expected))('%s: words and vectors are gensim’s', async (name) => {
    const beside = readdirSync(ROOT).filter((file) => file.startsWith(name));
    const { detail, words, floats } = await open(
      Object.fromEntries(beside.map((file) => [file, bytesOf(file)])),
      name,
    );
    const told = must(expected[name]);
    expect(words).toEqual(told.words);
    expect(detail.config).toMatchObject({
      model_type: 'word-vectors',
      vocab_size: words.length,
      embedding_size: 4,
    });
    close(await floats('embedding.weight'), told.vectors.flat());
    if (detail.config?.['subwords'] === undefined) return;
    const table = await floats('subword.weight');
    const rules = detail.config['subwords'] as SubwordRules;
    for (const [word, vector] of Object.entries(told.beyond)) {
      const buckets = bucketsOf(word, rules);
      close(
        vector.map(
          (_, d) => buckets.reduce((sum, bucket) => sum + (table[bucket * 4 + d] ?? NaN), 0) / buckets.length,
        ),
        vector,
      );
    }
  });

  test('word2vec’s binary form is read by ranges', async () => {
    const { detail, files } = await open({ 'w.bin': bytesOf('word2vec.bin') });
    const source = must(files.get(must(detail.tensors[0]).file));
    const whole = await source.read(0, source.size);
    for (let at = 0; at + 7 < source.size; at += 5)
      expect(await source.read(at, at + 7)).toEqual(whole.slice(at, at + 7));
  });
});

describe('pairs of the Embedding Projector', () => {
  const vectors = '0.5\t-1\t2\n1e-3\t2\t3\n';
  test.each([
    ['one column', { 'vectors.tsv': vectors, 'metadata.tsv': 'king\nnew york\n' }],
    ['several columns', { 'tensors.tsv': vectors, 'metadata.tsv': 'Id\tWord\n7\tking\n8\tnew york\n' }],
    [
      'names of their own',
      { 'a_vectors.tsv': vectors, 'a_metadata.tsv': 'king\r\nnew york\r\n', 'b_metadata.tsv': 'x\n' },
    ],
  ])('%s', async (_name, files) => {
    const { words, floats } = await open(files);
    expect(words).toEqual(['king', 'new york']);
    expect([...(await floats('embedding.weight'))]).toEqual([0.5, -1, 2, 1e-3, 2, 3].map(Math.fround));
  });
});

const word2vec = (text: string, ...more: number[]) =>
  Uint8Array.from([...new TextEncoder().encode(text), ...more]);
const set = (bytes: Uint8Array, at: number, ...values: number[]) => {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
};
const fast = bytesOf('fasttext.bin');
const kv = bytesOf('beside.kv');
const npy = bytesOf('beside.kv.vectors.npy');
/** Where a fastText file's vectors begin: they, the marks in front of the second matrix, and that one are its end. */
const matrixOf = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 92;
  for (let entry = 0; entry < view.getInt32(64, true); entry++) at = bytes.indexOf(0, at) + 10;
  return at + 17;
};

describe('bad tables', () => {
  test.each<[what: string, files: Record<string, string | Uint8Array>, code: string, says: string]>([
    [
      'too few bytes',
      { 'w.bin': word2vec('9 4\nking ', 0, 0, 0, 0) },
      'word2vec-size',
      '"w.bin": it says that it has 9 words of 4 numbers, for which its 13 bytes are too few. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'a word without an end',
      { 'w.bin': word2vec('2 1\n', ...new Array<number>(30).fill(1)) },
      'word2vec-word',
      '"w.bin": word 1 does not end at byte 4. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'numbers beyond the end',
      { 'w.bin': word2vec('2 2\nkingkingkingkingki ', 0, 0) },
      'word2vec-row',
      '"w.bin": the numbers of "kingkingkingkingki" go beyond its end. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'fewer words',
      { 'w.bin': word2vec('2 1\nkingkingkingking ', 0, 0, 0, 0) },
      'word2vec-count',
      '"w.bin": it says that it has 2 words, but there are 1. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'another version',
      { 'f.bin': set(fast, 4, 11) },
      'fasttext-version',
      '"f.bin": it is of version 11; 12 can be read. Load it with the fastText of today and save it again (save_model), or open its .vec file.',
    ],
    [
      'a width of 0',
      { 'f.bin': set(fast, 8, 0) },
      'fasttext-width',
      '"f.bin": its vectors have 0 numbers; 1 to 65536 can be read. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'more words than entries',
      { 'f.bin': set(fast, 68, 200) },
      'fasttext-words',
      '"f.bin": it says that 200 of its 7 entries are words. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'entries beyond the file',
      { 'f.bin': set(fast, 64, 0, 0, 1) },
      'fasttext-words',
      '"f.bin": it says that it has 65536 entries, for which its 1091 bytes are too few. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'a compressed model',
      { 'f.ftz': set(fast, 84, 1, 0, 0, 0, 0, 0, 0, 0) },
      'fasttext-pruned',
      '"f.ftz": it is a compressed model (.ftz), whose vectors are quantised. Open the .bin that it was made of.',
    ],
    [
      'parts of −1 characters',
      { 'f.bin': set(fast, 44, 255, 255, 255, 255) },
      'fasttext-parts',
      '"f.bin": its parts of words have -1 to 4 characters in 40 buckets. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'cut off',
      { 'f.bin': fast.subarray(0, 600) },
      'fasttext-truncated',
      '"f.bin": its vectors end 362 bytes behind the end of the file. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'a few bytes',
      { 'f.bin': fast.subarray(0, 60) },
      'fasttext-size',
      '"f.bin": it has 60 bytes; a fastText file has at least 92. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'numbers that are not there',
      { 'm.kv': kv },
      'gensim-vectors',
      '"m.kv": its numbers are in "m.kv.vectors.npy", which is not there. Copy that file too: gensim keeps large arrays in files of their own.',
    ],
    [
      'a pickle that would run something',
      { 'm.kv': word2vec('\x80cos\nsystem\n(Vls gensim\ntR.').fill(0x80, 0, 1).fill(2, 1, 2) },
      'pickle-runs-code',
      '"m.kv" is a pickle that calls "os.system" as soon as Python loads it: it would run code. Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
    ],
    [
      'a pickle of something else',
      { 'm.kv': Uint8Array.from([0x80, 2, ...new TextEncoder().encode('Vgensim, and nothing\n.')]) },
      'gensim-kind',
      '"m.kv": it is a pickle of something else, not of gensim’s KeyedVectors. Save the vectors alone: model.wv.save("words.kv"), or open the file of the model itself.',
    ],
    [
      'numbers of another shape',
      { 'm.kv': kv, 'm.kv.vectors.npy': set(bytesOf('beside.kv.vectors.npy'), 61, 0x31) },
      'npy-size',
      '"m.kv.vectors.npy" has the shape [1, 4] in <f4, which takes 16 bytes, but 96 follow its header. The file is damaged or was written wrongly: save or download it again.',
    ],
    [
      'fewer words than rows',
      { 'vectors.tsv': '1\t2\n3\t4\n', 'metadata.tsv': 'a\n' },
      'projector-count',
      '"vectors.tsv": it has 2 rows, but "metadata.tsv" has 0 words. Export both files again, from the same words.',
    ],
    [
      'a row too long',
      { 'vectors.tsv': '1\t2\n'.repeat(30) + '3\t4\t5\n', 'metadata.tsv': 'a\n' },
      'projector-row',
      '"vectors.tsv": row 31 has 3 numbers; the first has 2. Export both files again, from the same words.',
    ],
    [
      'a number that is none',
      { 'vectors.tsv': '1\t2\n'.repeat(30) + '3\tx\n', 'metadata.tsv': 'a\n' },
      'projector-number',
      '"vectors.tsv": row 31 has "x" for a number. Export both files again, from the same words.',
    ],
    [
      'a width of 65,537',
      { 'f.bin': set(fast, 8, 1, 0, 1) },
      'fasttext-width',
      '"f.bin": its vectors have 65537 numbers; 1 to 65536 can be read. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'a negative width',
      { 'f.bin': set(fast, 8, 255, 255, 255, 255) },
      'fasttext-width',
      '"f.bin": its vectors have -1 numbers; 1 to 65536 can be read. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'no entries',
      { 'f.bin': set(fast, 64, 0) },
      'fasttext-words',
      '"f.bin": it says that 7 of its 0 entries are words. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'no words',
      { 'f.bin': set(fast, 68, 0) },
      'fasttext-words',
      '"f.bin": it says that 0 of its 7 entries are words. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'a negative number of words',
      { 'f.bin': set(fast, 68, 255, 255, 255, 255) },
      'fasttext-words',
      '"f.bin": it says that -1 of its 7 entries are words. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'parts of up to 2,000 characters',
      { 'f.bin': set(fast, 48, 208, 7) },
      'fasttext-parts',
      '"f.bin": its parts of words have 2 to 2000 characters in 40 buckets. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      '−1 buckets',
      { 'f.bin': set(fast, 40, 255, 255, 255, 255) },
      'fasttext-parts',
      '"f.bin": its parts of words have 2 to 4 characters in -1 buckets. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'more buckets than rows',
      { 'f.bin': set(fast, 40, 41) },
      'fasttext-matrix',
      '"f.bin": its vectors are [47, 4]; 7 words and 41 buckets of 4 are expected. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'another width than the matrix',
      { 'f.bin': set(fast, 8, 5) },
      'fasttext-matrix',
      '"f.bin": its vectors are [47, 4]; 7 words and 40 buckets of 5 are expected. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'words without an end',
      { 'f.bin': fast.slice().fill(1, 92) },
      'fasttext-word',
      '"f.bin": word 1 does not end at byte 92. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'cut off in its words',
      { 'f.bin': fast.subarray(0, 180) },
      'fasttext-word',
      '"f.bin": word 7 does not end at byte 176. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'cut off in front of its vectors',
      { 'f.bin': fast.subarray(0, matrixOf(fast) - 4) },
      'fasttext-truncated',
      '"f.bin": it ends in front of its vectors. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'quantised vectors',
      { 'f.bin': set(fast, matrixOf(fast) - 17, 1) },
      'fasttext-quantised',
      '"f.bin": its vectors are quantised. Open the .bin that it was made of.',
    ],
    [
      'a matrix of other rows',
      { 'f.bin': set(fast, matrixOf(fast) - 16, 3) },
      'fasttext-matrix',
      '"f.bin": its vectors are [3, 4]; 7 words and 40 buckets of 4 are expected. The file is not complete or was written wrongly: copy or download it again.',
    ],
    [
      'a pickle that is cut off',
      { 'm.kv': kv.subarray(0, 300) },
      'pickle-truncated',
      '"m.kv": its pickle ends too early (at byte 288). The file is not complete: copy or download it again.',
    ],
    [
      'a pickle of protocol 9',
      { 'm.kv': set(kv, 1, 9) },
      'pickle-protocol',
      '"m.kv": its pickle is of the protocol 9; 0 to 5 can be read (at byte 2). Save it again with torch.save, or with pickle.dump(…, protocol=4).',
    ],
    [
      'an array that is none',
      { 'm.kv': kv, 'm.kv.vectors.npy': new Uint8Array(64) },
      'npy-magic',
      '"m.kv.vectors.npy" does not begin as a NumPy array. The file is damaged or was written wrongly: save or download it again.',
    ],
    [
      'an array that is cut off',
      { 'm.kv': kv, 'm.kv.vectors.npy': npy.subarray(0, 140) },
      'npy-size',
      '"m.kv.vectors.npy" has the shape [6, 4] in <f4, which takes 96 bytes, but 12 follow its header. The file is not complete: copy or download it again.',
    ],
    [
      'an array of another version',
      { 'm.kv': kv, 'm.kv.vectors.npy': set(npy, 6, 9) },
      'npy-version',
      '"m.kv.vectors.npy" is of the version 9.0; 1.0, 2.0 and 3.0 can be read. Save it again with numpy.save.',
    ],
    [
      'an array of whole numbers',
      {
        'm.kv': kv,
        'm.kv.vectors.npy': Uint8Array.from(npy, (byte, at) =>
          at > 10 && byte === 0x66 && npy[at + 1] === 0x34 ? 0x69 : byte,
        ),
      },
      'gensim-vectors',
      '"m.kv.vectors.npy" holds numbers of the type "<i4"; floating-point numbers row by row can be read. Save the vectors as text or binary instead: vectors.save_word2vec_format("vectors.bin", binary=True).',
    ],
    [
      'more words than rows',
      { 'vectors.tsv': '1\t2\n', 'metadata.tsv': 'a\nb\nc\n' },
      'projector-count',
      '"vectors.tsv": it has 1 row, but "metadata.tsv" has 2 words. Export both files again, from the same words.',
    ],
    [
      'a row too short',
      { 'vectors.tsv': '1\t2\n'.repeat(30) + '3\n', 'metadata.tsv': 'a\n' },
      'projector-row',
      '"vectors.tsv": row 31 has 1 number; the first has 2. Export both files again, from the same words.',
    ],
  ])('%s', async (_what, files, code, says) => {
    const error = await rejection(open(files, Object.keys(files)[0] ?? null));
    expect(told(error)).toEqual([code, says]);
  });
});
