/** Recurrent models and word tables with tensors above the largest buffer: cut into pieces, they give the same numbers. */
import { expect, test } from 'vitest';
import { matmul } from '../../../src/renderer/kernels/matmul/matmul.ts';
import { asMatrix } from '../../../src/renderer/kernels/matmul/weight.ts';
import { rowsOf } from '../../../src/renderer/gpu/tensor.ts';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import { loadAgain } from '../../../src/renderer/models/load-again.ts';
import type { WeightSource } from '../../../src/renderer/models/weights.ts';
import { inputOf } from '../../helpers/fixture-model.ts';
import { randomValues, testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { tinyModel } from '../../helpers/tiny-model.ts';

const gpu = await testGpu();
const never = new AbortController().signal;
const V = 1500;
const words = Array.from({ length: V }, (_, id) => `w${id}`);
const characters = String.fromCodePoint(...words.map((_, id) => 0x4e00 + id));
const tokenizer = { kind: 'characters', characters };
const lstm = { cell: 'lstm', hidden_size: 8, num_layers: 1 };
/** Bytes of the largest buffer: the tables of V words need 48 kB, everything else fits. */
const LIMIT = 20_000;

const configs = {
  'a language model': { model_type: 'rnn-lm', vocab_size: V, embedding_size: 8, rnn: lstm },
  'one with a tied head': {
    ...{ model_type: 'rnn-lm', vocab_size: V, embedding_size: 8, rnn: lstm, tie_embeddings: true },
  },
  'a tagger of two directions': {
    ...{ model_type: 'rnn-tagger', vocab_size: V, embedding_size: 8, labels: words },
    rnn: { ...lstm, bidirectional: true },
  },
  'one whose cell reads wide inputs': {
    ...{ model_type: 'rnn-lm', vocab_size: V, embedding_size: 300 },
    rnn: { cell: 'gru', hidden_size: 8, num_layers: 1 },
  },
  'a translator': {
    model_type: 'seq2seq',
    source: { vocab_size: V, embedding_size: 8, tokenizer },
    target: {
      ...{ vocab_size: V, embedding_size: 8, tokenizer },
      ...{ start_token_id: 1, end_token_id: 2 },
    },
    max_target_length: 4,
    encoder: lstm,
    bridge: { kind: 'copy' },
    decoder: { ...lstm, input: ['embedding', 'context'] },
    attention: { kind: 'dot', query: 'previous' },
    output: { input: ['hidden', 'context', 'embedding'] },
  },
  'a table of words': { model_type: 'word-vectors', vocab_size: V, embedding_size: 12 },
};

/** Every activation of a run, and what it makes of its last token. */
async function results(source: WeightSource) {
  const load = () => findFamily(source.model).load(gpu, source, () => undefined, never);
  const model = await loadAgain(gpu.pool, load);
  const run = await model.run(inputOf([5, 900, V - 1, 7, 3]), never);
  const values = new Map<string, Float32Array>();
  for (const activation of run.activations.values()) values.set(activation.name, await activation.read());
  const [gradient] = (await run.facet('inputGradient')?.of({ output: V - 2, position: 2 })) ?? [];
  run.dispose();
  model.dispose();
  return { values, gradient: gradient?.norms ?? new Float32Array() };
}

test.each(Object.entries(configs))('%s', async (_, config) => {
  const before = gpu.memory().weights;
  const source = await tinyModel(config);
  const whole = await results(source);
  expect(whole.values.size).toBeGreaterThan(0);
  const { largest } = gpu.pool;
  gpu.pool.largest = LIMIT;
  try {
    const cut = await results(source);
    expect([...cut.values.keys()]).toEqual([...whole.values.keys()]);
    for (const [name, values] of whole.values) {
      const gap = must(cut.values.get(name)).map((value, i) => Math.abs(value - (values[i] ?? NaN)));
      expect(Math.max(...gap), name).toBeLessThan(1e-6);
    }
    for (const [i, norm] of cut.gradient.entries()) expect(norm).toBeCloseTo(whole.gradient[i] ?? NaN, 6);
  } finally {
    gpu.pool.largest = largest;
  }
  expect(gpu.memory().weights).toBe(before);
});

test('a projection is not cut: the tensor and the limit are named', async () => {
  const rnn = { cell: 'lstm', hidden_size: 128, num_layers: 1, projection_size: 64 };
  const source = await tinyModel({ model_type: 'rnn-lm', vocab_size: V, embedding_size: 8, rnn });
  const { largest } = gpu.pool;
  gpu.pool.largest = LIMIT;
  try {
    const load = () => findFamily(source.model).load(gpu, source, () => undefined, never);
    await expect(loadAgain(gpu.pool, load)).rejects.toMatchObject({
      code: 'too-large-for-gpu',
      message: expect.stringMatching(/“rnn\.weight_hr_l0” needs .* in one piece/) as string,
    });
  } finally {
    gpu.pool.largest = largest;
  }
});

test('what the GPU refuses in such pieces is loaded in halves', async () => {
  const { device } = gpu;
  const create = device.createBuffer.bind(device);
  const pop = device.popErrorScope.bind(device);
  const sizes: number[] = [];
  let refuses = false;
  device.createBuffer = (descriptor) => {
    refuses = descriptor.size > 15_000;
    sizes.push(descriptor.size);
    return create(descriptor);
  };
  device.popErrorScope = async () => {
    const isRefused = refuses;
    const error = await pop();
    return isRefused ? new GPUOutOfMemoryError('no room') : error;
  };
  const { largest } = gpu.pool;
  gpu.pool.largest = LIMIT;
  try {
    const source = await tinyModel(configs['a language model']);
    const load = () => findFamily(source.model).load(gpu, source, () => undefined, never);
    const model = await loadAgain(gpu.pool, load);
    expect(Math.max(...sizes)).toBeGreaterThan(15_000);
    expect(model.bytes).toBeGreaterThan(2 * V * 8 * 4);
    model.dispose();
  } finally {
    gpu.pool.largest = largest;
    device.createBuffer = create;
    device.popErrorScope = pop;
  }
});

test.each([1, 3])('a product of %i rows with weights in pieces adds what is given', async (rows) => {
  const [N, K] = [24, 8];
  const held = [
    gpu.tensorFrom(randomValues(rows * K, 1), [rows, K], 'a'),
    gpu.tensorFrom(randomValues(N * K, 2), [N, K], 'b'),
    gpu.tensorFrom(randomValues(rows * N, 3), [rows, N], 'residual'),
    gpu.tensorFrom(randomValues(N, 4), [N], 'bias'),
    gpu.tensor([rows, N], 'whole'),
    gpu.tensor([rows, N], 'cut'),
  ] as const;
  const [a, b, residual, bias, whole, cut] = held;
  const parts = [rowsOf(b, 0, 8), rowsOf(b, 8, 20), rowsOf(b, 20, 24)].map(asMatrix);
  await gpu.submit('test', (recorder) => {
    matmul(recorder, { a, b, transposed: true, out: whole, bias, residual });
    matmul(recorder, { a, b: { ...asMatrix(b), parts }, transposed: true, out: cut, bias, residual });
  });
  const [expected, actual] = [await gpu.read(whole), await gpu.read(cut)];
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
  for (const tensor of held) gpu.release(tensor);
});

test.each([1, 3])('a product of %i rows adds up what each piece of the weights gives', async (rows) => {
  const [K, N] = [24, 8];
  const held = [
    gpu.tensorFrom(randomValues(rows * K, 1), [rows, K], 'a'),
    gpu.tensorFrom(randomValues(K * N, 2), [K, N], 'b'),
    gpu.tensorFrom(randomValues(rows * N, 3), [rows, N], 'residual'),
    gpu.tensor([rows, N], 'whole'),
    gpu.tensor([rows, N], 'cut'),
  ] as const;
  const [a, b, residual, whole, cut] = held;
  const parts = [rowsOf(b, 0, 7), rowsOf(b, 7, 20), rowsOf(b, 20, 24)].map(asMatrix);
  await gpu.submit('test', (recorder) => {
    matmul(recorder, { a, b, out: whole, residual, scale: 2 });
    matmul(recorder, { a, b: { ...asMatrix(b), parts }, out: cut, residual, scale: 2 });
  });
  const [expected, actual] = [await gpu.read(whole), await gpu.read(cut)];
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
  for (const tensor of held) gpu.release(tensor);
});
