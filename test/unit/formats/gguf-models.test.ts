/** GGUF files against the models that they were made of (test/fixtures/make_gguf.py). */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeBlocks } from '../../../src/common/blocks/block-type.ts';
import { BLOCK_TYPES } from '../../../src/common/blocks/block-types.ts';
import { findSpec } from '../../../src/common/configs/registry.ts';
import type { ModelFolder, StoredModel } from '../../../src/common/formats/format.ts';
import { format } from '../../../src/common/formats/gguf/index.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import { must } from '../../helpers/must.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';
import { arraySource } from './make-safetensors.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

const open = (name: string) => openFile(join(FIXTURES, 'gguf', `${name}.gguf`));

function openFile(path: string): Promise<StoredModel> {
  const file = basename(path);
  const folder: ModelFolder = {
    name: file,
    names: [file],
    file: (wanted) =>
      Promise.resolve(wanted === file ? arraySource(Uint8Array.from(readFileSync(path)), file) : null),
  };
  return format.read(folder, file);
}

type Place = Pick<StoredModel['tensors'][number], 'file' | 'begin' | 'end'>;

/** A tensor's bytes, read in pieces that fit no row. */
async function bytesOf({ files }: StoredModel, { file, begin, end }: Place) {
  const bytes = new Uint8Array(end - begin);
  const source = must(files.get(file));
  for (let at = begin; at < end; at += 1001) {
    const piece = await source.read(at, Math.min(end, at + 1001));
    bytes.set(piece, at - begin);
  }
  return bytes;
}

/** Values by name, through the reader of the tests: the tensors as one safetensors file. */
async function valuesOf(model: StoredModel) {
  const parts = await Promise.all(model.tensors.map((tensor) => bytesOf(model, tensor)));
  let position = 0;
  const header = Object.fromEntries(
    model.tensors.map(({ name, dtype, shape }, index) => {
      const begin = position;
      position += must(parts[index]).length;
      return [name, { dtype, shape, data_offsets: [begin, position] }];
    }),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + position);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  let at = 8 + json.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return readSafetensors(bytes).tensors;
}

const stem = (name: string) =>
  name
    .replace(/^(model|transformer|gpt_neox|bert)\./, '')
    .replace('LayerNorm.gamma', 'LayerNorm.weight')
    .replace('LayerNorm.beta', 'LayerNorm.bias');

describe.each([
  ['llama', 'decoders/llama-gqa-llama3'],
  ['qwen2', 'decoders/qwen2-bare'],
  ['qwen3', 'decoders/qwen3-tied-bf16'],
  ['gemma', 'decoders/gemma-old-gelu'],
  ['gemma2', 'decoders/gemma2-capped'],
  ['gemma3', 'decoders/gemma3-tied'],
  ['gptneox', 'decoders/gpt-neox-parallel'],
  ['phi2', 'decoders/phi-untied'],
  ['phi3', 'decoders/phi3-longrope'],
  ['gpt2', 'gpt2/one-head'],
  ['bert', 'encoders/bert-sentences'],
  ['t5', 'encoder_decoders/t5-relu-tied'],
  ['t5-gated', 'encoder_decoders/t5-gated-untied'],
])('%s', (name, folder) => {
  const origin = readSafetensors(readFileSync(join(FIXTURES, folder, 'model.safetensors')));
  const config = JSON.parse(readFileSync(join(FIXTURES, folder, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;

  test('has the tensors of the model', async () => {
    const values = await valuesOf(await open(name));
    const expected = new Map([...origin.tensors].map(([key, tensor]) => [stem(key), tensor]));
    expect(values.size).toBeGreaterThan(10);
    for (const [key, { shape, data }] of values) {
      const wanted = must(expected.get(stem(key)) ?? expected.get(stem(key).replace('embed_out', 'lm_head')));
      expect(shape, key).toEqual(wanted.shape);
      // Gemma's norms were stored plus one, in float32.
      const isRounded = name.startsWith('gemma') && key.endsWith('norm.weight');
      const same = isRounded
        ? wanted.data.map((value) => Math.fround(Math.fround(value + 1) - 1))
        : wanted.data;
      expect(data, key).toEqual(same);
    }
  });

  test('has a config that its family takes for the same model', async () => {
    const model = await open(name);
    const spec = must(findSpec(String(model.config?.['model_type'])));
    expect(spec.modelTypes).toContain(config['model_type']);
    const tensors = model.tensors.map((tensor) => ({ ...tensor, file: '0' }));
    const { missing, misshapen, unexpected } = spec.check(must(model.config), tensors);
    expect({ missing, misshapen, unexpected }).toEqual({ missing: [], misshapen: [], unexpected: [] });
    const told = must(model.config);
    const same = ['hidden_size', 'n_embd', 'd_model', 'vocab_size', 'num_hidden_layers', 'head_dim'];
    same.push('rms_norm_eps', 'sliding_window', 'attn_logit_softcapping');
    same.push('num_key_value_heads', 'tie_word_embeddings', 'use_parallel_residual', 'num_decoder_layers');
    for (const field of same)
      if (told[field] !== undefined && typeof config[field] === 'number')
        expect(told[field], field).toBeCloseTo(config[field], 9);
  });
});

test.each([
  ['t5', true],
  ['t5-gated', false],
])('%s: a head that is the table of the tokens is said', async (name, isSaid) => {
  const { notes, config } = await open(name);
  expect(notes?.some((note) => note.includes('no head of its own (output.weight)'))).toBe(isSaid);
  expect(config?.['tie_word_embeddings']).toBe(isSaid);
});

test('unpacks each type as the gguf package does, to the bit', async () => {
  const values = await valuesOf(await open('types'));
  const types = [...values.keys()].filter((key) => !key.endsWith('.expected'));
  expect(types).toEqual(['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K']);
  for (const type of types) {
    const { dtype, data } = must(values.get(type));
    expect(dtype).toBe('F32');
    // Not by toEqual: −0 and 0 are one value here.
    expect([...data].map((value) => value + 0)).toEqual(
      [...must(values.get(`${type}.expected`)).data].map((value) => value + 0),
    );
  }
});

const PACKED = readdirSync(join(FIXTURES, 'gguf_packed'));

test.each(PACKED)('%s: the blocks of a matrix hold its values, in its own order of rows', async (name) => {
  const model = await openFile(join(FIXTURES, 'gguf_packed', name, 'model.gguf'));
  const values = await valuesOf(model);
  let compared = 0;
  for (const { name: key, packed, shape } of model.tensors) {
    if (packed === undefined) continue;
    const [rows = 0, columns = 0] = shape;
    const unpacked = new Float32Array(rows * columns);
    decodeBlocks(BLOCK_TYPES[packed.dtype], await bytesOf(model, packed), unpacked);
    const turned = unpacked.map((_, i) => unpacked[(i % columns) * rows + Math.floor(i / columns)] ?? NaN);
    expect(must(values.get(key)).data, key).toEqual(packed.turned ? turned : unpacked);
    compared++;
  }
  expect(compared).toBeGreaterThan(4);
});

describe.each(['gpt2', 'llama3', 'qwen2', 'smollm', 'llama2', 'gemma', 't5', 'bert', 'bert-cased'])(
  'the vocabulary of %s',
  (name) => {
    test('cuts texts as the tokenizer that it was made of', async () => {
      const { companions, notes } = await openVocabulary(name);
      const texts = await Promise.all(
        [...must(companions)].map(async ([file, source]): Promise<[string, string]> => [
          file,
          new TextDecoder().decode(await source.read(0, source.size)),
        ]),
      );
      const core = new TokenizerCore(Object.fromEntries(texts));
      const { cases } = JSON.parse(
        readFileSync(join(FIXTURES, 'tokenizers', name, 'cases.json'), 'utf8'),
      ) as { cases: { text: string; pair?: string; ids: number[] }[] };
      for (const { text, pair, ids } of cases)
        expect(
          core.encode(text, pair).map(({ id }) => id),
          JSON.stringify(text),
        ).toEqual(ids);
      expect(notes?.join(' ')).not.toContain('some tokens may differ');
    });
  },
);

/** A file with a vocabulary and nothing else: its tokenizer alone. */
async function openVocabulary(name: string) {
  const { readGguf } = await import('../../../src/common/formats/gguf/file.ts');
  const { tokenizerOf } = await import('../../../src/common/formats/gguf/tokenizer.ts');
  const file = `tokenizer-${name}.gguf`;
  const { metadata } = await readGguf(
    arraySource(Uint8Array.from(readFileSync(join(FIXTURES, 'gguf', file))), file),
  );
  const { files, notes } = must(tokenizerOf(file, metadata));
  return { companions: new Map(files.map((own) => [own.name, own])), notes };
}
