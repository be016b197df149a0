/** Models whose values stop being numbers: it is seen where, as Transformers has it. */
import { expect, test } from 'vitest';
import { firstInvalid } from '../../../src/renderer/kernels/rows/first-invalid.reference.ts';
import { NONE, recordFirstInvalid } from '../../../src/renderer/kernels/rows/first-invalid.ts';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import { scanned } from '../../../src/renderer/models/scan-weights.ts';
import { findInvalid } from '../../../src/renderer/runs/invalid.ts';
import { inputOf } from '../../helpers/fixture-model.ts';
import { randomValues, shifted, testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { tinyGpt2 } from '../../helpers/tiny-gpt2.ts';
import { topOf } from '../../../src/renderer/runs/facets/readout.ts';

const holder = testGpu();
const never = new AbortController().signal;
const config = { vocab_size: 37, n_positions: 32, n_embd: 16, n_layer: 3, n_head: 2 };

async function runOf(change: (name: string, values: Float32Array) => void) {
  const { gpu } = holder;
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
  expect(found).toEqual({ activation: 'hidden_states.2', layer: 1, token: 0 });
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

test('scores that overflow in layer 1: found there, and that layer’s attention is NaN', async () => {
  const { values, found, weights, close } = await runOf((name, own) => {
    if (name.endsWith('h.1.attn.c_attn.weight')) for (const i of own.keys()) own[i] = (own[i] ?? 0) * 1e30;
  });
  expect(weights).toEqual([]);
  expect(found).toMatchObject({ activation: 'hidden_states.2', layer: 1 });
  expect((await values('attentions.0')).every(Number.isFinite)).toBe(true);
  expect((await values('attentions.1')).some(Number.isNaN)).toBe(true);
  close();
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
  const { gpu } = holder;
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
