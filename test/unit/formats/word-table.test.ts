import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/word-table/index.ts';
import { folderOf } from './folder.ts';
import { rejection } from './make-safetensors.ts';

const rows = [
  ['king', [0.5, -1, 2]],
  ['new york', [1e-3, 2, 3]],
  ['\u00a0', [4, 5, 6]],
  ['1984', [7, 8, 9]],
  ['a\\b', [-0.25, 0, 1]],
] as const;
const text = rows.map(([word, numbers]) => `${word} ${numbers.join(' ')}\n`).join('');
const word2vec = `${rows.length} 3\n${text}`;

async function open(name: string, content: string) {
  const folder = folderOf({ [name]: content });
  expect(await format.claims(folder, null)).toBe(name);
  const model = await format.read(folder, name);
  const [tensor] = model.tensors;
  const source = model.files.get(tensor?.file ?? '');
  const bytes = (await source?.read(0, source.size)) ?? new Uint8Array();
  const list = model.companions?.get('vocab.txt');
  const vocabulary = new TextDecoder().decode(await list?.read(0, list.size));
  return { model, tensor, source, numbers: [...new Float32Array(bytes.slice().buffer)], vocabulary };
}

describe('tables of words as text', () => {
  test.each([
    ['word2vec', 'vectors.txt', word2vec],
    ['GloVe', 'glove.3d.txt', text],
    ['fastText', 'wiki.vec', word2vec],
    ['spaces at the ends of lines', 'wiki.vec', word2vec.replaceAll('\n', ' \n')],
    ['Windows line ends', 'wiki.vec', word2vec.replaceAll('\n', '\r\n')],
    ['tabs', 'wiki.tsv', word2vec.replaceAll(/ (?=[-\d])/g, '\t')],
    ['no line end at the end', 'wiki.vec', word2vec.trimEnd()],
  ])('%s', async (_, name, content) => {
    const { model, tensor, numbers, vocabulary } = await open(name, content);
    expect(model.config).toEqual({ model_type: 'word-vectors', vocab_size: 5, embedding_size: 3 });
    expect(tensor).toMatchObject({ name: 'embedding.weight', dtype: 'F32', shape: [5, 3] });
    expect(numbers).toEqual(rows.flatMap(([, values]) => [...values].map(Math.fround)));
    expect(vocabulary).toBe('king\nnew york\n\u00a0\n1984\na\\\\b\n');
  });

  test('are read by ranges', async () => {
    const { source } = await open('vectors.txt', word2vec);
    const whole = await source?.read(0, 60);
    for (let at = 0; at < 56; at += 3)
      expect(await source?.read(at, at + 4)).toEqual(whole?.slice(at, at + 4));
  });

  test.each([
    ['vocab.txt', 'king\nqueen\n'],
    ['notes.txt', 'just a note'],
    ['numbers.txt', '1 2 3\n4 5 6\n'],
    ['prose.txt', 'there are 3 words\nand 4 of them\n'],
    ['vectors.json', word2vec],
    ['empty.txt', ''],
  ])('%s is none', async (name, content) => {
    expect(await format.claims(folderOf({ [name]: content }), null)).toBe(null);
  });

  test.each<[string, string, string]>([
    ['table-row', `${word2vec}half 1 2\n`, 'line 7 is not a word and 3 numbers'],
    ['table-count', `9 3\n${text}`, 'says that it has 9 words, but there are 5'],
  ])('%s is refused', async (code, content, says) => {
    const error = await rejection(format.read(folderOf({ 'v.txt': content }), 'v.txt'));
    expect(error).toMatchObject({ name: 'HeadgateError', code });
    expect(String(error)).toContain(says);
  });

  test('a number that is none is refused when its row is read', async () => {
    const model = await format.read(folderOf({ 'v.txt': word2vec.replace('7 8 9', '7 x 9') }), 'v.txt');
    const source = model.files.get('v.txt/embedding.weight');
    expect(await rejection(source?.read(0, 60) ?? Promise.resolve())).toMatchObject({ code: 'table-row' });
  });
});
