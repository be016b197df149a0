import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { readModel } from '../../../src/common/read-model.ts';
import { bucketsOf, type SubwordRules } from '../../../src/common/text/subwords.ts';
import { parseVocabulary } from '../../../src/common/text/vocabulary.ts';
import { must } from '../../helpers/must.ts';
import { folderOf } from './folder.ts';
import { rejection } from './make-safetensors.ts';

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
      'it says that it has 9 words of 4 numbers, for which its 13 bytes are too few',
    ],
    [
      'a word without an end',
      { 'w.bin': word2vec('2 1\n', ...new Array<number>(30).fill(1)) },
      'word2vec-word',
      'word 1 does not end at byte 4',
    ],
    [
      'numbers beyond the end',
      { 'w.bin': word2vec('2 2\nkingkingkingkingki ', 0, 0) },
      'word2vec-row',
      'the numbers of "kingkingkingkingki" go beyond its end',
    ],
    [
      'fewer words',
      { 'w.bin': word2vec('2 1\nkingkingkingking ', 0, 0, 0, 0) },
      'word2vec-count',
      'it says that it has 2 words, but there are 1',
    ],
    [
      'another version',
      { 'f.bin': set(fast, 4, 11) },
      'fasttext-version',
      'it is of version 11; 12 can be read',
    ],
    [
      'a width of 0',
      { 'f.bin': set(fast, 8, 0) },
      'fasttext-width',
      'its vectors have 0 numbers; 1 to 65536 can be read',
    ],
    ['more words than entries', { 'f.bin': set(fast, 68, 200) }, 'fasttext-words', 'it has 200 words of'],
    [
      'entries beyond the file',
      { 'f.bin': set(fast, 64, 0, 0, 1) },
      'fasttext-words',
      'entries, for which its 1091 bytes are too few',
    ],
    [
      'a compressed model',
      { 'f.ftz': set(fast, 84, 1, 0, 0, 0, 0, 0, 0, 0) },
      'fasttext-pruned',
      'it is a compressed model (.ftz), whose vectors are quantised',
    ],
    [
      'parts of −1 characters',
      { 'f.bin': set(fast, 44, 255, 255, 255, 255) },
      'fasttext-parts',
      'its parts of words have -1 to 4 characters in 40 buckets',
    ],
    ['cut off', { 'f.bin': fast.subarray(0, 600) }, 'fasttext-truncated', 'bytes behind the end of the file'],
    [
      'a few bytes',
      { 'f.bin': fast.subarray(0, 60) },
      'fasttext-size',
      'it has 60 bytes; a fastText file has at least 92',
    ],
    [
      'numbers that are not there',
      { 'm.kv': kv },
      'gensim-vectors',
      'its numbers are in "m.kv.vectors.npy", which is not there',
    ],
    [
      'a pickle that would run something',
      { 'm.kv': word2vec('\x80cos\nsystem\n(Vls gensim\ntR.').fill(0x80, 0, 1).fill(2, 1, 2) },
      'pickle-',
      '',
    ],
    [
      'a pickle of something else',
      { 'm.kv': Uint8Array.from([0x80, 2, ...new TextEncoder().encode('Vgensim, and nothing\n.')]) },
      'gensim-kind',
      'it is a pickle of something else, not of gensim’s KeyedVectors',
    ],
    [
      'numbers of another shape',
      { 'm.kv': kv, 'm.kv.vectors.npy': set(bytesOf('beside.kv.vectors.npy'), 61, 0x31) },
      'npy-size',
      'has the shape',
    ],
    [
      'fewer words than rows',
      { 'vectors.tsv': '1\t2\n3\t4\n', 'metadata.tsv': 'a\n' },
      'projector-count',
      'it has 2 rows, but "metadata.tsv" has 0 words',
    ],
    [
      'a row too long',
      { 'vectors.tsv': '1\t2\n'.repeat(30) + '3\t4\t5\n', 'metadata.tsv': 'a\n' },
      'projector-row',
      'row 31 has 3 numbers; the first has 2',
    ],
    [
      'a number that is none',
      { 'vectors.tsv': '1\t2\n'.repeat(30) + '3\tx\n', 'metadata.tsv': 'a\n' },
      'projector-number',
      'row 31 has "x" for a number',
    ],
    [
      'a width of 65,537',
      { 'f.bin': set(fast, 8, 1, 0, 1) },
      'fasttext-width',
      'its vectors have 65537 numbers; 1 to 65536 can be read',
    ],
    [
      'a negative width',
      { 'f.bin': set(fast, 8, 255, 255, 255, 255) },
      'fasttext-width',
      'its vectors have -1 numbers',
    ],
    ['no entries', { 'f.bin': set(fast, 64, 0) }, 'fasttext-words', 'words of 0 entries'],
    ['no words', { 'f.bin': set(fast, 68, 0) }, 'fasttext-words', 'it has 0 words of'],
    [
      'a negative number of words',
      { 'f.bin': set(fast, 68, 255, 255, 255, 255) },
      'fasttext-words',
      'it has -1 words of',
    ],
    [
      'parts of up to 2,000 characters',
      { 'f.bin': set(fast, 48, 208, 7) },
      'fasttext-parts',
      'its parts of words have 2 to 2000 characters',
    ],
    ['−1 buckets', { 'f.bin': set(fast, 40, 255, 255, 255, 255) }, 'fasttext-parts', 'in -1 buckets'],
    [
      'more buckets than rows',
      { 'f.bin': set(fast, 40, 41) },
      'fasttext-matrix',
      'words and 41 buckets of 4 are expected',
    ],
    [
      'another width than the matrix',
      { 'f.bin': set(fast, 8, 5) },
      'fasttext-matrix',
      'buckets of 5 are expected',
    ],
    [
      'words without an end',
      { 'f.bin': fast.slice().fill(1, 92) },
      'fasttext-word',
      'word 1 does not end at byte 92',
    ],
    ['cut off in its words', { 'f.bin': fast.subarray(0, 180) }, 'fasttext-', ''],
    [
      'cut off in front of its vectors',
      { 'f.bin': fast.subarray(0, matrixOf(fast) - 4) },
      'fasttext-truncated',
      'it ends in front of its vectors',
    ],
    [
      'quantised vectors',
      { 'f.bin': set(fast, matrixOf(fast) - 17, 1) },
      'fasttext-quantised',
      'its vectors are quantised',
    ],
    [
      'a matrix of other rows',
      { 'f.bin': set(fast, matrixOf(fast) - 16, 3) },
      'fasttext-matrix',
      'its vectors are [3, 4]',
    ],
    ['a pickle that is cut off', { 'm.kv': kv.subarray(0, 300) }, 'pickle-', ''],
    ['a pickle of protocol 9', { 'm.kv': set(kv, 1, 9) }, 'pickle-protocol', ''],
    [
      'an array that is none',
      { 'm.kv': kv, 'm.kv.vectors.npy': new Uint8Array(64) },
      'npy-magic',
      'does not begin as a NumPy array',
    ],
    [
      'an array that is cut off',
      { 'm.kv': kv, 'm.kv.vectors.npy': npy.subarray(0, 140) },
      'npy-size',
      'has the shape',
    ],
    [
      'an array of another version',
      { 'm.kv': kv, 'm.kv.vectors.npy': set(npy, 6, 9) },
      'npy-version',
      'is of the version 9.0',
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
      'which is not there',
    ],
    [
      'more words than rows',
      { 'vectors.tsv': '1\t2\n', 'metadata.tsv': 'a\nb\nc\n' },
      'projector-count',
      'it has 1 rows, but "metadata.tsv" has 2 words',
    ],
    [
      'a row too short',
      { 'vectors.tsv': '1\t2\n'.repeat(30) + '3\n', 'metadata.tsv': 'a\n' },
      'projector-row',
      'row 31 has 1 numbers; the first has 2',
    ],
  ])('%s', async (_what, files, code, says) => {
    const error = (await rejection(open(files, Object.keys(files)[0] ?? null))) as HeadgateError;
    expect(error).toBeInstanceOf(HeadgateError);
    expect(error.code.startsWith(code)).toBe(true);
    expect(error.message).toContain(says);
  });
});
