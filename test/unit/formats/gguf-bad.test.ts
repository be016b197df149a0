/** Every rule of GGUF files that Headgate holds them to, with the words that users see. */
import { describe, expect, test } from 'vitest';
import type { ModelFolder } from '../../../src/common/formats/format.ts';
import { format } from '../../../src/common/formats/gguf/index.ts';
import { entry, f32, ggufOf, join, raw, tensorEntry, u32, u64, type Parts } from './make-gguf.ts';
import { arraySource, rejection } from './make-safetensors.ts';

function folderOf(files: Readonly<Record<string, Uint8Array>>): ModelFolder {
  return {
    name: 'folder',
    names: Object.keys(files),
    file: (name) => {
      const bytes = files[name];
      return Promise.resolve(bytes === undefined ? null : arraySource(bytes, name));
    },
  };
}

const read = (bytes: Uint8Array) => format.read(folderOf({ 'm.gguf': bytes }), 'm.gguf');
const llama = entry('general.architecture', 'llama');
const sizes = [
  llama,
  entry('llama.attention.head_count', 2),
  entry('llama.embedding_length', 4),
  entry('llama.block_count', 1),
  entry('llama.feed_forward_length', 4),
];
const model = (parts: Parts): Parts => ({ ...parts, entries: [...sizes, ...(parts.entries ?? [])] });
const replaced = (key: string, value: Parameters<typeof entry>[1]) => [
  ...sizes.filter(
    (_, index) =>
      [
        'general.architecture',
        'llama.attention.head_count',
        'llama.embedding_length',
        'llama.block_count',
        'llama.feed_forward_length',
      ][index] !== key,
  ),
  entry(key, value),
];
const list = (type: number, count: number | bigint, ...values: Uint8Array[]) =>
  join(u32(9), u32(type), u64(count), ...values);
const floats = (...values: number[]) => list(6, values.length, ...values.map(f32));
const ints = (...values: number[]) => list(5, values.length, ...values.map(u32));
const row = { name: 'a', dimensions: [4] };
const tokens = (kind: string, ...more: Uint8Array[]) => [
  entry('tokenizer.ggml.model', kind),
  entry('tokenizer.ggml.tokens', ['a', 'b']),
  ...more,
];

describe('bad GGUF files', () => {
  test.each<[code: string, file: Parts | Uint8Array, message: string]>([
    [
      'truncated',
      new Uint8Array(),
      'm.gguf ends inside the four letters that a GGUF file begins with, 4 bytes too early.',
    ],
    [
      'truncated',
      raw('GG'),
      'm.gguf ends inside the four letters that a GGUF file begins with, 2 bytes too early.',
    ],
    ['bad-magic', raw('GGJT\u0001\0\0\0'), 'm.gguf does not begin with the letters GGUF.'],
    ['truncated', raw('GGUF\u0003'), 'm.gguf ends inside its version, 3 bytes too early.'],
    [
      'unknown-version',
      { version: 0 },
      'm.gguf is a GGUF file of version 0; Headgate reads versions 2 and 3.',
    ],
    [
      'unknown-version',
      { version: 1 },
      'm.gguf is a GGUF file of version 1; Headgate reads versions 2 and 3.',
    ],
    [
      'unknown-version',
      { version: 4 },
      'm.gguf is a GGUF file of version 4; Headgate reads versions 2 and 3.',
    ],
    [
      'unknown-version',
      { version: 0x03000000 },
      'm.gguf is a GGUF file for big-endian machines, which Headgate does not read.',
    ],
    [
      'truncated',
      join(raw('GGUF'), u32(3), u32(0)),
      'm.gguf ends inside the number of its tensors, 4 bytes too early.',
    ],
    [
      'count-past-end',
      { tensorCount: 2n ** 60n },
      'm.gguf announces 1152921504606846976 tensors but has only 24 bytes.',
    ],
    ['count-past-end', { entryCount: 9 }, 'm.gguf announces 9 metadata entries but has only 24 bytes.'],
    [
      'truncated',
      { entries: [join(u64(100), raw('abcdef'))] },
      'm.gguf: the key of its metadata entry 0 announces 100 bytes, more than the rest of the file holds.',
    ],
    [
      'text-too-long',
      { entries: [entry('k'.repeat(70_000), 1)] },
      'm.gguf: the key of its metadata entry 0 has 70000 bytes; the limit is 65535.',
    ],
    ['bad-metadata', { entries: [entry('', 1)] }, 'm.gguf: metadata entry 0 has no key.'],
    ['duplicate-key', { entries: [entry('k', 1), entry('k', 2)] }, 'm.gguf has the metadata "k" twice.'],
    [
      'unknown-type',
      { entries: [entry('k', join(u32(13), u32(0)))] },
      'm.gguf: the metadata "k" has the unknown type 13.',
    ],
    [
      'unknown-type',
      { entries: [entry('k', list(99, 0))] },
      'm.gguf: the metadata "k" has the unknown type 99.',
    ],
    [
      'bad-metadata',
      { entries: [entry('k', list(9, 0))] },
      'm.gguf: the metadata "k" is a list of lists, which ggml does not allow.',
    ],
    [
      'bad-metadata',
      { entries: [entry('k', join(u32(7), Uint8Array.of(2)))] },
      'm.gguf: the metadata "k" is true or false, but its byte is 2.',
    ],
    [
      'count-past-end',
      { entries: [entry('k', list(10, 2n ** 61n))] },
      'm.gguf: the metadata "k" announces 2305843009213693952 values, more than the rest of the file holds.',
    ],
    [
      'count-past-end',
      { entries: [entry('k', list(8, 3, u64(0), u64(0)))] },
      'm.gguf: the metadata "k" announces 3 values, more than the rest of the file holds.',
    ],
    [
      'truncated',
      { entries: [entry('k', list(8, 1, u64(5)))] },
      'm.gguf: text 0 of the metadata "k" announces 5 bytes, more than the rest of the file holds.',
    ],
    [
      'truncated',
      { entries: [entry('key', join(u32(10), u32(1)))] },
      'm.gguf ends inside the metadata "key", 4 bytes too early.',
    ],
    [
      'bad-alignment',
      { entries: [entry('general.alignment', 0)] },
      'm.gguf: “general.alignment” must be a whole number above 0.',
    ],
    [
      'bad-alignment',
      { entries: [entry('general.alignment', '32')] },
      'm.gguf: “general.alignment” must be a whole number above 0.',
    ],
    [
      'bad-alignment',
      { entries: [entry('general.alignment', 48)] },
      'm.gguf: “general.alignment” is 48; it must be a power of two.',
    ],
    [
      'text-too-long',
      { tensors: [tensorEntry({ name: 'n'.repeat(64), dimensions: [4] })] },
      'm.gguf: the name of its tensor 0 has 64 bytes; the limit is 63.',
    ],
    [
      'bad-dimensions',
      { tensors: [tensorEntry({ name: 'a', dimensions: [1, 1, 1, 1, 4] })] },
      'm.gguf: tensor "a" has 5 dimensions; the most is 4.',
    ],
    [
      'integer-overflow',
      { tensors: [tensorEntry({ name: 'a', dimensions: [2n ** 63n] })] },
      'm.gguf: tensor "a" has a shape of more than 2^53 − 1 values.',
    ],
    [
      'integer-overflow',
      { tensors: [tensorEntry({ name: 'a', dimensions: [2 ** 30, 2 ** 30] })] },
      'm.gguf: tensor "a" has a shape of more than 2^53 − 1 values.',
    ],
    [
      'integer-overflow',
      { tensors: [tensorEntry({ name: 'a', dimensions: [2 ** 52] })] },
      'm.gguf: tensor "a" has more than 2^53 − 1 bytes.',
    ],
    [
      'unknown-dtype',
      { tensors: [tensorEntry({ ...row, type: 4 })] },
      'm.gguf: tensor "a" has the ggml type 4, which Headgate does not know.',
    ],
    [
      'unknown-dtype',
      { tensors: [tensorEntry({ ...row, type: 31 })] },
      'm.gguf: tensor "a" has the ggml type 31, which Headgate does not know.',
    ],
    [
      'bad-blocks',
      { tensors: [tensorEntry({ ...row, type: 8 })] },
      'm.gguf: tensor "a" has rows of 4 values, but q8_0 packs 32 in a block.',
    ],
    [
      'duplicate-tensor',
      { tensors: [tensorEntry(row), tensorEntry({ ...row, offset: 32 })], data: 64 },
      'm.gguf has the tensor "a" twice.',
    ],
    [
      'bad-offset',
      { tensors: [tensorEntry({ ...row, offset: 32 })], data: 64 },
      'm.gguf: tensor "a" begins at offset 32; after the tensor before it, it must be 0.',
    ],
    [
      'bad-offset',
      { tensors: [tensorEntry(row), tensorEntry({ ...row, name: 'b', offset: 16 })], data: 64 },
      'm.gguf: tensor "b" begins at offset 16; after the tensor before it, it must be 32.',
    ],
    [
      'truncated',
      { tensors: [tensorEntry(row)], data: 12 },
      'm.gguf: tensor "a" needs 4 bytes more than the file has: the file ends too early.',
    ],
    [
      'bad-metadata',
      {},
      'm.gguf: “general.architecture” is missing; it must be the name of an architecture, such as “llama”.',
    ],
    [
      'bad-metadata',
      { entries: [entry('general.architecture', 7)] },
      'm.gguf: “general.architecture” is 7; it must be the name of an architecture, such as “llama”.',
    ],
    [
      'adapter',
      { entries: [llama, entry('general.type', 'adapter')] },
      'm.gguf is a LoRA adapter for "llama", not a model.',
    ],
    [
      'projector',
      { entries: [entry('general.architecture', 'clip')] },
      'm.gguf is the part of a model that reads pictures.',
    ],
    [
      'bad-metadata',
      { entries: [llama] },
      'm.gguf: “llama.attention.head_count” is missing; it must be a whole number above 0.',
    ],
    [
      'bad-metadata',
      { entries: replaced('llama.block_count', 0) },
      'm.gguf: “llama.block_count” is 0; it must be a whole number above 0.',
    ],
    [
      'bad-metadata',
      { entries: replaced('llama.embedding_length', 'wide') },
      'm.gguf: “llama.embedding_length” is "wide"; it must be a number.',
    ],
    [
      'unsupported-config',
      { entries: replaced('llama.attention.head_count', ints(2, 4)) },
      'm.gguf: “llama.attention.head_count” differs from layer to layer, which Headgate does not run.',
    ],
    [
      'bad-tokenizer',
      model({ entries: [entry('tokenizer.ggml.model', 'gpt2')] }),
      'm.gguf: “tokenizer.ggml.tokens” is missing; it must be a list of the pieces.',
    ],
    [
      'bad-tokenizer',
      model({ entries: tokens('gpt2') }),
      'm.gguf: “tokenizer.ggml.merges” is missing; it must be a list of pairs of pieces.',
    ],
    [
      'bad-tokenizer',
      model({ entries: tokens('llama') }),
      'm.gguf: “tokenizer.ggml.scores” is missing; it must be a list of 2 numbers, one for each piece.',
    ],
    [
      'bad-tokenizer',
      model({ entries: tokens('llama', entry('tokenizer.ggml.scores', floats(1))) }),
      'm.gguf: “tokenizer.ggml.scores” has 1 values; it must be a list of 2 numbers, one for each piece.',
    ],
    [
      'bad-tokenizer',
      model({ entries: tokens('llama', entry('tokenizer.ggml.scores', floats(1, NaN))) }),
      'm.gguf: the score of piece 1, "b", is not finite.',
    ],
    [
      'bad-tokenizer',
      model({ entries: tokens('gpt2', entry('tokenizer.ggml.token_type', ints(1))) }),
      'm.gguf: “tokenizer.ggml.token_type” has 1 values; it must be a list of 2 numbers, one for each piece.',
    ],
    [
      'unsupported-dtype',
      model({
        tensors: [tensorEntry({ name: 'blk.0.ffn_up.weight', dimensions: [256], type: 16 })],
        data: 66,
      }),
      'm.gguf: tensor "blk.0.ffn_up.weight" is stored as iq2_xxs, which Headgate can\'t unpack.',
    ],
    [
      'bad-shape',
      model({ tensors: [tensorEntry({ name: 'blk.0.attn_q.weight', dimensions: [4, 3] })], data: 48 }),
      'm.gguf: tensor "blk.0.attn_q.weight" is F32 of shape [3, 4], which does not go with the heads that the metadata tells.',
    ],
    [
      'bad-shape',
      model({ tensors: [tensorEntry({ name: 'rope_freqs.weight', dimensions: [2, 2] })], data: 16 }),
      'm.gguf: tensor "rope_freqs.weight" must be a list of F32 factors, one for each pair of a head.',
    ],
    [
      'missing-part',
      model({ entries: [entry('split.count', 3)] }),
      'm.gguf is one of 3 parts of a model, but its name tells none.',
    ],
  ])('%s: %#', async (code, file, message) => {
    const bytes = file instanceof Uint8Array ? file : ggufOf(file);
    expect(await rejection(read(bytes))).toMatchObject({ name: 'HeadgateError', code, message });
  });

  test('names the part that is missing', async () => {
    const first = ggufOf(model({ entries: [entry('split.count', 2)] }));
    const folder = folderOf({ 'm-00001-of-00002.gguf': first });
    const name = must(await format.claims(folder, null));
    expect(await rejection(format.read(folder, name))).toMatchObject({
      code: 'missing-part',
      message: 'The model is in 2 parts, and "m-00002-of-00002.gguf" is not in the folder.',
    });
  });
});

const must = (name: string | null) => name ?? '';

describe('which file of a folder', () => {
  const file = ggufOf({ entries: sizes });
  test.each<[names: string[], wanted: string | null, claimed: string | null]>([
    [['a.gguf'], null, 'a.gguf'],
    [['a.GGUF', 'mmproj-a.gguf'], null, 'a.GGUF'],
    [['a-00002-of-00002.gguf', 'a-00001-of-00002.gguf'], null, 'a-00001-of-00002.gguf'],
    [['a-00002-of-00002.gguf'], 'a-00002-of-00002.gguf', 'a-00001-of-00002.gguf'],
    [['ggml-model.bin'], 'ggml-model.bin', 'ggml-model.bin'],
    [['ggml-model.bin'], null, null],
    [[], null, null],
  ])('%j %j', async (names, wanted, claimed) => {
    const folder = folderOf(Object.fromEntries(names.map((name) => [name, file])));
    expect(await format.claims(folder, wanted)).toBe(claimed);
  });

  test('two models are not one', async () => {
    expect(await rejection(format.claims(folderOf({ 'a.gguf': file, 'b.gguf': file }), null))).toMatchObject({
      code: 'ambiguous-weights',
      message: 'folder holds "a.gguf", "b.gguf", and nothing says which of them is the model.',
    });
  });

  test('parts become one model', async () => {
    const tensor = (name: string) => ({ tensors: [tensorEntry({ name, dimensions: [4] })], data: 16 });
    const model = await format.read(
      folderOf({
        'm-00001-of-00002.gguf': ggufOf({
          ...tensor('output_norm.weight'),
          entries: [...sizes, entry('split.count', 2)],
        }),
        'm-00002-of-00002.gguf': ggufOf(tensor('blk.0.attn_norm.weight')),
      }),
      'm-00001-of-00002.gguf',
    );
    expect(model.tensors.map(({ name, file }) => [name, file])).toEqual([
      ['model.norm.weight', 'm-00001-of-00002.gguf'],
      ['model.layers.0.input_layernorm.weight', 'm-00002-of-00002.gguf'],
    ]);
  });
});

/** A file is read in pieces of 1 MiB, whose ends may fall into any number. */
test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
  'metadata that goes on behind the first piece, %i bytes on',
  async (shift) => {
    const texts = Array.from({ length: 2000 }, (_, k) => String(k));
    const bytes = ggufOf({
      entries: [
        ...sizes,
        entry('general.description', 'x'.repeat(2 ** 20 - 9000 + shift)),
        entry('tokenizer.ggml.model', 'gpt2'),
        entry('tokenizer.ggml.tokens', texts),
        entry('tokenizer.ggml.merges', ['0 1']),
        ...Array.from({ length: 40 }, (_, k) => entry(`x.${k}`, k)),
      ],
      tensors: [tensorEntry(row)],
      data: 16,
    });
    const { metadata, tensors } = await read(bytes);
    expect(metadata?.get('tokenizer.ggml.tokens')).toBe('2000 values');
    expect(Array.from({ length: 40 }, (_, k) => metadata?.get(`x.${k}`))).toEqual(texts.slice(0, 40));
    expect(tensors).toHaveLength(1);
  },
);
