import { expect, test } from 'vitest';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { Profile, profileRows } from '../../../src/renderer/gpu/profile.ts';
import { gpt2 } from '../../../src/renderer/families/gpt2.ts';
import type { WeightSource } from '../../../src/renderer/models/weights.ts';
import { inputOf } from '../../helpers/fixture-model.ts';
import { largestGap, testGpu } from '../../helpers/gpu.ts';
import { tinyGpt2 } from '../../helpers/tiny-gpt2.ts';
import { must } from '../../helpers/must.ts';
import { topOf } from '../../../src/renderer/runs/facets/readout.ts';

const gpu = await testGpu();
const CONFIG = { n_embd: 48, n_head: 4, n_layer: 3, vocab_size: 101, n_positions: 40 };
const IDS = Array.from({ length: 40 }, (_, i) => (i * 37) % 101);
const never = new AbortController().signal;
const load = async (gpu: Gpu, source?: WeightSource) =>
  gpt2.load(gpu, source ?? (await tinyGpt2(CONFIG)), () => undefined, never);

const nothing = { weights: 0, activations: 0, scratch: 0 };

test('the first tokens of a longer text give the same activations', async () => {
  const model = await load(gpu);
  const long = await model.run(inputOf(IDS), never);
  for (const length of [1, 7, 33]) {
    const short = await model.run(inputOf(IDS.slice(0, length)), never);
    for (let l = 0; l <= 3; l++) {
      const all = await long.activations.get(`hidden_states.${l}`)?.read();
      const own = await short.activations.get(`hidden_states.${l}`)?.read();
      expect(largestGap(own ?? [], all?.subarray(0, length * 48) ?? [])).toBeLessThanOrEqual(1e-5);
    }
    short.dispose();
  }
  long.dispose();
  model.dispose();
});

test('a run is the same bit for bit from time to time', async () => {
  const model = await load(gpu);
  const read = async () => {
    const run = await model.run(inputOf(IDS), never);
    const values = await Promise.all([...run.activations.values()].map((activation) => activation.read()));
    run.dispose();
    return values;
  };
  expect(await read()).toEqual(await read());
  model.dispose();
});

test('predictions are the softmax of the logits, best first', async () => {
  const model = await load(gpu);
  const run = await model.run(inputOf(IDS.slice(0, 9)), never);
  const logits = (await run.activations.get('logits')?.read())?.slice(5 * 101, 6 * 101) ?? new Float32Array();
  const top = await topOf(run, 5, 4);
  expect(top.map(({ token }) => token.id)).toEqual(
    [...logits.keys()].toSorted((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, 4),
  );
  const sum = logits.reduce((total, value) => total + Math.exp(value), 0);
  for (const { token, logit, probability } of top) {
    expect(logit).toBeCloseTo(logits[token.id] ?? NaN, 4);
    expect(probability).toBeCloseTo(Math.exp(logits[token.id] ?? NaN) / sum, 5);
  }
  await expect(topOf(run, 9, 1)).rejects.toThrow('Position 9 of a text of 9 tokens');
  run.dispose();
  model.dispose();
});

test('a profile has every kernel of the pass, and the run is none the worse', async () => {
  const model = await load(gpu);
  const plain = await model.run(inputOf(IDS), never);
  const profile = new Profile();
  const run = await model.run({ ...inputOf(IDS), profile }, never);
  const last = 'hidden_states.3';
  expect(await run.activations.get(last)?.read()).toEqual(await plain.activations.get(last)?.read());
  const rows = profileRows(profile.entries, { flopPerSecond: 1e10, bytesPerSecond: 1e10 });
  const matmuls = rows.find(({ label }) => label === 'feed forward in');
  expect(matmuls).toMatchObject({ dispatches: 3, flop: 3 * 2 * 40 * 48 * 192 });
  expect(rows.find(({ label }) => label === 'layer norm')?.dispatches).toBe(7);
  for (const { milliseconds, peakFraction } of rows) {
    expect(milliseconds).toBeGreaterThanOrEqual(0);
    if (milliseconds > 0) expect(peakFraction).toBeGreaterThan(0);
  }
  expect(rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeGreaterThan(0);
  run.dispose();
  plain.dispose();
  model.dispose();
});

test('what the model can’t take is refused with the numbers', async () => {
  const model = await load(gpu);
  await expect(model.run(inputOf([]), never)).rejects.toMatchObject({ code: 'empty-input' });
  await expect(model.run(inputOf([...IDS, 1]), never)).rejects.toMatchObject({
    code: 'input-too-long',
    message: 'The text has 41 tokens; this model takes 40 at most.',
  });
  await expect(model.run(inputOf([5, 101]), never)).rejects.toMatchObject({
    code: 'token-out-of-range',
    message: expect.stringContaining('the id 101'),
  });
  model.dispose();
  expect(gpu.memory()).toMatchObject(nothing);
});

test('a run that is disposed of answers with an AbortError, and leases outlive nothing', async () => {
  const model = await load(gpu);
  const run = await model.run(inputOf(IDS), never);
  const lease = await run.activations.get('attentions.1')?.lease();
  lease?.release();
  lease?.release();
  run.dispose();
  run.dispose();
  await expect(topOf(run, 0, 1)).rejects.toMatchObject({ name: 'AbortError' });
  for (const activation of run.activations.values()) {
    await expect(activation.read()).rejects.toMatchObject({ name: 'AbortError' });
    await expect(activation.lease()).rejects.toMatchObject({ name: 'AbortError' });
  }
  await expect(run.attention[0]?.row(0, 0, 0)).rejects.toMatchObject({ name: 'AbortError' });
  model.dispose();
  expect(gpu.memory()).toMatchObject(nothing);
});

test('an aborted run and an aborted load give everything back', async () => {
  const model = await load(gpu);
  const abort = new AbortController();
  const run = model.run(inputOf(IDS), abort.signal);
  abort.abort();
  await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  model.dispose();
  const stop = new AbortController();
  const loading = gpt2.load(
    gpu,
    await tinyGpt2(CONFIG),
    ({ done }) => {
      if (done > 0) stop.abort();
    },
    stop.signal,
  );
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  expect(gpu.memory()).toMatchObject(nothing);
});

test.each([
  ['a missing tensor', () => tinyGpt2(CONFIG, ['h.1.ln_2.bias']), 'missing-tensor'],
  [
    'a tensor of integers',
    async () => retyped(await tinyGpt2(CONFIG), 'h.0.ln_1.weight'),
    'unsupported-dtype',
  ],
  ['a file that ends early', async () => cut(await tinyGpt2(CONFIG)), 'truncated-file'],
] as const)('%s: one clear error, and nothing stays on the GPU', async (_, make, code) => {
  await expect(load(gpu, await make())).rejects.toMatchObject({ code });
  expect(gpu.memory()).toMatchObject(nothing);
});

function retyped(source: WeightSource, name: string): WeightSource {
  const tensors = source.model.tensors.map((tensor) =>
    tensor.name === name ? { ...tensor, dtype: 'I32' as const } : tensor,
  );
  return { ...source, model: { ...source.model, tensors } };
}

function cut(source: WeightSource): WeightSource {
  return { ...source, read: (file, begin, end, signal) => source.read(file, begin, end - 100, signal) };
}

test('tables and activations that are too large for one buffer are split, with the same results', async () => {
  const config = { n_embd: 16, n_head: 2, n_layer: 1, vocab_size: 999, n_positions: 16 };
  const ids = Array.from({ length: 16 }, (_, i) => (i * 613) % 999);
  const source = await tinyGpt2(config);
  const results = async (gpu: Gpu) => {
    const model = await load(gpu, source);
    const run = await model.run(inputOf(ids), never);
    const values = await Promise.all(
      ['hidden_states.0', 'attentions.0', 'logits'].map((name) => must(run.activations.get(name)).read()),
    );
    const top = (await topOf(run, 15, 3)).map(({ token }) => token.id);
    run.dispose();
    const { bytes } = model;
    model.dispose();
    return { values, top, bytes };
  };
  const whole = await results(gpu);
  const { largest } = gpu.pool;
  // The table and the logits need 64 kB each, the patterns 2 kB.
  gpu.pool.largest = 20_000;
  try {
    const split = await results(gpu);
    expect(split.top).toEqual(whole.top);
    for (const [i, values] of split.values.entries())
      expect(largestGap(values ?? [], whole.values[i] ?? [])).toBeLessThanOrEqual(1e-6);
    expect(split.bytes).toBeGreaterThanOrEqual(whole.bytes);
    gpu.pool.largest = 3000;
    await expect(load(gpu, source)).rejects.toMatchObject({ code: 'too-large-for-gpu' });
  } finally {
    gpu.pool.largest = largest;
  }
  expect(gpu.memory()).toMatchObject(nothing);
});

test('a GPU without room says what was asked for and what is held; nothing stays', async () => {
  const { device } = gpu;
  const pop = device.popErrorScope.bind(device);
  let scopes = 0;
  // From the fifth on, no new buffer finds room, nor a smaller one in its place.
  device.popErrorScope = async () => {
    const error = await pop();
    return ++scopes >= 5 ? new GPUOutOfMemoryError('no room') : error;
  };
  try {
    await expect(load(gpu, await tinyGpt2({ ...CONFIG, n_embd: 52 }))).rejects.toMatchObject({
      code: 'out-of-gpu-memory',
      message: expect.stringMatching(
        /no \S+ (B|kB|MB) left for “.+”: Headgate holds .+ of weights, .+ and .+ free for reuse/,
      ),
    });
    // What was kept for reuse is given back, so that the next attempt has it.
    expect(gpu.memory().free).toBe(0);
  } finally {
    device.popErrorScope = pop;
  }
  expect(gpu.memory()).toMatchObject(nothing);
});

test('a device that is lost in mid-run fails it as lost; on a new device the run succeeds', async () => {
  const source = await tinyGpt2(CONFIG);
  const lost: string[] = [];
  const doomed = await Gpu.create({ onLost: (reason) => lost.push(reason) });
  const model = await load(doomed, source);
  const run = model.run(inputOf(IDS), never);
  doomed.device.destroy();
  await expect(run).rejects.toMatchObject({ code: 'device-lost' });
  model.dispose();
  expect(lost.length).toBe(1);
  const again = await load(gpu, source);
  const repeated = await again.run(inputOf(IDS), never);
  expect((await repeated.activations.get('logits')?.read())?.every(Number.isFinite)).toBe(true);
  repeated.dispose();
  again.dispose();
});
