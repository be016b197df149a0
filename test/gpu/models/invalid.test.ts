/** Models whose values stop being numbers: it is seen where, as Transformers has it. */
import { expect, test } from 'vitest';
import { firstInvalid } from '../../../src/renderer/kernels/rows/first-invalid.reference.ts';
import { NONE, recordFirstInvalid } from '../../../src/renderer/kernels/rows/first-invalid.ts';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import { scanned } from '../../../src/renderer/models/scan-weights.ts';
import { findInvalid, invalidNotice, invalidWeights } from '../../../src/renderer/runs/invalid.ts';
import { inputOf } from '../../helpers/fixture-model.ts';
import { randomValues, shifted, testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { tinyGpt2 } from '../../helpers/tiny-gpt2.ts';
import { tinyModel } from '../../helpers/tiny-model.ts';
import { topOf } from '../../../src/renderer/runs/facets/readout.ts';

const gpu = await testGpu();
const never = new AbortController().signal;
const config = { vocab_size: 37, n_positions: 32, n_embd: 16, n_layer: 3, n_head: 2 };

async function runOf(change: (name: string, values: Float32Array) => void) {
  const { source, invalid } = scanned(await tinyGpt2(config, [], change));
  const model = await findFamily(source.model).load(gpu, source, () => undefined, never);
  const run = await model.run(inputOf([1, 5, 7, 11, 3]), never);
  const values = async (name: string) => [...(await must(run.activations.get(name)).read())];
  const found = await findInvalid(run);
  const close = () => {
    run.dispose();
    model.dispose();
  };
  return { run, values, found, weights: [...invalid], close };
}

test('a model of numbers has no invalid place', async () => {
  const { found, weights, close } = await runOf(() => undefined);
  expect(found).toBeNull();
  expect(weights).toEqual([]);
  close();
});

test('a NaN weight of layer 1: named, found there, and attention after it is NaN, not 0', async () => {
  const { run, values, found, weights, close } = await runOf((name, own) => {
    if (name.endsWith('h.1.mlp.c_fc.weight')) own[5] = NaN;
  });
  expect(weights).toEqual([expect.stringMatching(/h\.1\.mlp\.c_fc\.weight$/)]);
  expect(found).toEqual({ activation: 'hidden_states.2', where: 'in layer 1', token: 0 });
  expect((await values('attentions.1')).every(Number.isFinite)).toBe(true);
  expect((await values('attentions.2')).every(Number.isNaN)).toBe(true);
  expect((await values('logits')).every(Number.isNaN)).toBe(true);
  expect(await topOf(run, 4, 3)).toEqual([]);
  const [map] = run.attention;
  const metrics = await must(map).metrics(2);
  expect(metrics.every(({ entropy }) => Number.isNaN(entropy))).toBe(true);
  // Pooled to the screen by either rule.
  for (const pool of ['max', 'mean'] as const) {
    const target = run.gpu.tensor([2, 2], 'tile');
    const tile = { layer: 2, head: 0, rows: [0, 5], columns: [0, 5], height: 2, width: 2, pool } as const;
    await must(map).tiles([tile], target.buffer);
    expect((await run.gpu.read(target)).every(Number.isNaN), pool).toBe(true);
    run.gpu.release(target);
  }
  close();
});

test('a head of its own with a NaN: found there although every state is a number', async () => {
  const { found, weights, close } = await runOf((name, own) => {
    if (name === 'lm_head.weight') own[5] = NaN;
  });
  expect(weights).toEqual(['lm_head.weight']);
  expect(found).toEqual({ activation: 'logits', where: 'in the output layer', token: 0 });
  expect(invalidWeights(weights)).toBe('The tensor “lm_head.weight” holds NaN or infinite values.');
  close();
});

test('scores that overflow in layer 1: found there, and that layer’s attention is NaN', async () => {
  const { values, found, weights, close } = await runOf((name, own) => {
    if (name.endsWith('h.1.attn.c_attn.weight')) for (const i of own.keys()) own[i] = (own[i] ?? 0) * 1e30;
  });
  expect(weights).toEqual([]);
  expect(found).toMatchObject({ activation: 'hidden_states.2', where: 'in layer 1' });
  expect((await values('attentions.0')).every(Number.isFinite)).toBe(true);
  expect((await values('attentions.1')).some(Number.isNaN)).toBe(true);
  close();
});

const lstm = { cell: 'lstm', hidden_size: 4, num_layers: 2 };
const language = { model_type: 'rnn-lm', vocab_size: 16, embedding_size: 4, rnn: lstm };
const words = (count: number) => Array.from({ length: count }, (_, id) => `w${id}`);
const side = {
  vocab_size: 16,
  embedding_size: 4,
  tokenizer: { kind: 'characters', characters: 'abcdefghijklmnop' },
};
const translator = {
  model_type: 'seq2seq',
  source: side,
  target: { ...side, start_token_id: 1, end_token_id: 2 },
  max_target_length: 4,
  encoder: lstm,
  bridge: { kind: 'copy' },
  decoder: { ...lstm, input: ['embedding', 'context'] },
  attention: { kind: 'general', query: 'previous' },
  output: { input: ['hidden', 'context', 'embedding'] },
};
const nan = (pattern: RegExp) => (name: string, values: Float32Array) => {
  if (pattern.test(name)) values.fill(NaN, 0, 1);
};
const large = (pattern: RegExp, factor: number) => (name: string, values: Float32Array) => {
  if (pattern.test(name)) for (const i of values.keys()) values[i] = (values[i] ?? 0) * factor;
};
const relu = { ...language, rnn: { ...lstm, cell: 'rnn', nonlinearity: 'relu' } };
const encoders = import.meta.glob<Record<string, unknown>>(
  '../../fixtures/{encoders/bert-masked-lm,encoder_decoders/t5-gated-untied}/config.json',
  { eager: true, import: 'default' },
);
const fixture = (folder: string) =>
  Object.entries(encoders).find(([path]) => path.includes(folder))?.[1] ?? {};

test.each<[string, Record<string, unknown>, ReturnType<typeof nan>, string, string, number | null]>([
  ['an embedding', language, nan(/^embedding/), 'in the embeddings', 'embeddings', 3],
  ['a recurrent layer', language, nan(/hh_l1/), 'in layer 1', 'rnn.1.hidden', 0],
  ['a recurrent head', language, nan(/^linear.weight/), 'in the output layer', 'logits', 0],
  ['states that overflow', relu, large(/ih_l0|^embed/, 1e30), 'in layer 0', 'rnn.0.hidden', 1],
  ['a head that overflows', relu, large(/^linear|^embed/, 1e22), 'in the output layer', 'logits', 1],
  [
    'a layer that reads backwards',
    { ...language, model_type: 'rnn-tagger', labels: words(3), rnn: { ...lstm, bidirectional: true } },
    nan(/hh_l1_reverse/),
    'in layer 1',
    'rnn.1.reverse.hidden',
    4,
  ],
  [
    'the head of a classifier',
    { ...language, model_type: 'rnn-classifier', labels: words(3), pooling: 'mean' },
    nan(/^linear.weight/),
    'in the output layer',
    'logits',
    null,
  ],
  [
    'a recurrent encoder',
    translator,
    nan(/encoder.*hh_l0/),
    'in layer 0 of the encoder',
    'encoder.rnn.0.hidden',
    0,
  ],
  ['the attention of a decoder', translator, nan(/^attention/), 'in the attention', 'attention.weights', 0],
  [
    'a recurrent decoder',
    translator,
    nan(/decoder.*hh_l1/),
    'in layer 1 of the decoder',
    'decoder.rnn.1.hidden',
    0,
  ],
  ['a decoder’s head', translator, nan(/^output/), 'in the output layer', 'logits', 0],
  ['an encoder', fixture('bert'), nan(/layer\.1\.output\.dense\.weight/), 'in layer 1', 'hidden_states.2', 0],
  [
    'a last norm',
    fixture('t5'),
    nan(/decoder\.final_layer_norm/),
    'in layer 2 of the decoder, or in the norm after it',
    'decoder_hidden_states.3',
    0,
  ],
  [
    'an encoder of an encoder-decoder',
    fixture('t5'),
    nan(/encoder\.block\.1\..*wo\.weight/),
    'in layer 1 of the encoder, or in the norm after it',
    'encoder_hidden_states.2',
    0,
  ],
])('NaN or ∞ of %s is found', async (_, config, change, where, activation, token) => {
  const { source, invalid } = scanned(await tinyModel(config, change));
  const model = await findFamily(source.model).load(gpu, source, () => undefined, never);
  const decode = { target: [3, 4] };
  const input = { ...inputOf([3, 5, 7, 0, 4]), ...(model.writes === 'output' ? { decode } : {}) };
  const run = await model.run(input, never);
  const found = await findInvalid(run);
  const isOverflow = invalid.size === 0;
  expect(found).toEqual({ activation, where, token });
  expect(invalidNotice(must(found), [...invalid]).hint).toMatch(isOverflow ? /overflowed/ : /own weights/);
  // The same where the logits are too many to be looked through.
  if (activation === 'logits' && token !== null)
    expect(await findInvalid(run, 1)).toEqual({ activation, where, token: run.tokens.length - 1 });
  run.dispose();
  model.dispose();
});

test.each([
  [1, 1, []],
  [130, 7, []],
  [130, 7, [[129, 6, NaN]]],
  [
    300,
    33,
    [
      [200, 3, -Infinity],
      [77, 32, Infinity],
      [299, 0, NaN],
    ],
  ],
] as const)('the first invalid row of [%i, %i]', async (rows, width, places) => {
  const values = randomValues(rows * width, 3);
  for (const [row, column, value] of places) values[row * width + column] = value;
  const x = shifted(gpu, values, [rows, width]);
  const found = gpu.tensor([3], 'found');
  gpu.upload(found, new Uint32Array(3).fill(NONE));
  await gpu.submit('test', (recorder) => recordFirstInvalid(recorder, x, found, 1));
  const slots = new Uint32Array(await gpu.readBytes(found.buffer, 0, 12));
  expect([...slots]).toEqual([NONE, firstInvalid(values, width) ?? NONE, NONE]);
  gpu.release(found);
  gpu.release(x);
});
