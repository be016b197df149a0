/** The steps of a head against float64 arithmetic on its q, k and v, and against the patterns of the same run. */
import { expect, test } from 'vitest';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { keySteps, lengthOf, type HeadSteps } from '../../src/renderer/runs/head-steps.ts';
import type { AttentionMap } from '../../src/renderer/runs/run.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { tinyGpt2 } from '../helpers/tiny-gpt2.ts';

const urls = import.meta.glob<string>(
  '../fixtures/{decoders,encoders,encoder_decoders,seq2seq}/*/*.{json,safetensors,txt}',
  {
    query: '?url',
    import: 'default',
    eager: true,
  },
);
const fixtures = byFolder(urls);
const { signal } = new AbortController();
const gpu = await testGpu();

test.each([
  { name: 'llama-gqa-llama3', turned: true },
  { name: 'mistral-window-yarn', turned: true },
  { name: 'gemma2-capped', turned: true },
  { name: 'qwen3-tied-bf16', turned: true },
  { name: 'gpt-neox-parallel', turned: true },
  { name: 'modernbert-masked-lm', turned: true },
  { name: 'phi-untied', turned: true },
  { name: 'gemma3-tied', turned: true },
  { name: 'olmo2-grouped', turned: true },
  { name: 'gpt-neo-windows', turned: false },
  { name: 'mpnet-masked-lm', turned: false },
  { name: 'bert-masked-lm', turned: false },
  { name: 't5-relu-tied', turned: false },
  { name: 'marian-shared', turned: false },
  { name: 'pytorch-tutorial', turned: false },
  { name: 'chatbot-general', turned: false },
  { name: 'opennmt-mlp', turned: false },
])('$name: scores, weights and the sum follow from q, k and v', async ({ name, turned }) => {
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of must(fixtures.get(name)))
    if (file !== 'reference.safetensors') files.set(file, await fetchBytes(url));
  const source = await memoryModel(name, files, 1 << 20);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const run = await model.run(inputOf([5, 9, 7, 5, 9, 8, 4, 6, 5, 9]), signal);
  try {
    expect(run.attention.length).toBeGreaterThan(0);
    for (const map of run.attention)
      for (const layer of new Set([0, map.layers - 1]))
        for (const query of new Set([0, map.queries.length - 1])) {
          const head = map.heads - 1;
          const steps = await map.steps(layer, head, query);
          await check(map, steps, { layer, head, query });
          expect(steps.turned).toBe(turned);
          expect(steps.keyHead).toBe(map.keyHeads - 1);
        }
    const [map] = run.attention;
    await expect(must(map).steps(0, must(map).heads, 0)).rejects.toThrow(RangeError);
  } finally {
    run.dispose();
    model.dispose();
  }
});

async function check(
  map: AttentionMap,
  steps: HeadSteps,
  { layer, head, query }: { layer: number; head: number; query: number },
): Promise<void> {
  const row = await map.row(layer, head, query);
  const S = map.keys.length;
  const all = keySteps(steps);
  expect(all).toHaveLength(S);
  const total = all.reduce((sum, { exponential }) => sum + exponential, 0);
  const width = steps.context.length;
  const sum = new Float64Array(width);
  for (const [s, key] of all.entries()) {
    expect(Math.abs(key.weight - must(row[s]))).toBeLessThanOrEqual(2e-6);
    expect(Math.abs(key.weight - key.exponential / total)).toBeLessThanOrEqual(2e-5);
    expect(key.visible).toBe(key.score !== -Infinity);
    if (map.causal && s > query) expect(key.visible).toBe(false);
    if (steps.score === 'dot' && key.visible)
      expect(Math.abs(key.capped + key.bias - key.score)).toBeLessThanOrEqual(
        1e-4 * Math.max(1, Math.abs(key.score)),
      );
    for (let i = 0; i < width; i++) sum[i] = must(sum[i]) + key.weight * must(steps.values[s * width + i]);
  }
  for (const [i, value] of steps.context.entries())
    expect(Math.abs(value - must(sum[i]))).toBeLessThanOrEqual(2e-5 * Math.max(1, lengthOf(steps.context)));
}

test('what a head of GPT-2 writes is its columns of the projection times the sum, after the change', async () => {
  const shape = { vocab_size: 11, n_positions: 16, n_embd: 8, n_layer: 2, n_head: 2 };
  let projection = new Float32Array();
  const source = await tinyGpt2(shape, [], (name, values) => {
    if (name.endsWith('h.1.attn.c_proj.weight')) projection = values.slice();
  });
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const run = await model.run(inputOf([1, 2, 3, 1, 2]), signal);
  const plain = await must(run.attention[0]).steps(1, 1, 4);
  /** [in, out]: inputs 4 … 7 are those of head 1. */
  const expected = (read: Float32Array) =>
    Float32Array.from({ length: 8 }, (_, out) =>
      read.reduce((sum, value, i) => sum + value * must(projection[(4 + i) * 8 + out]), 0),
    );
  const near = (a: Float32Array | null, b: Float32Array) => {
    for (const [i, value] of must(a).entries()) expect(Math.abs(value - must(b[i]))).toBeLessThan(1e-5);
  };
  expect(plain.change).toBeNull();
  near(plain.written, expected(plain.context));
  const intervene = must(model.intervene);
  const half = await intervene.call(model, run, [{ kind: 'head', layer: 1, head: 1, factor: 0.5 }], signal);
  const halved = await must(half.attention[0]).steps(1, 1, 4);
  expect(halved.change).toBe(0.5);
  near(
    halved.read,
    plain.context.map((value) => value / 2),
  );
  near(halved.written, expected(halved.read));
  const mean = await intervene.call(
    model,
    run,
    [{ kind: 'head', layer: 1, head: 1, factor: 'mean' }],
    signal,
  );
  const contexts = await Promise.all([0, 1, 2, 3, 4].map((t) => must(run.attention[0]).steps(1, 1, t)));
  const averaged = await must(mean.attention[0]).steps(1, 1, 4);
  near(
    averaged.read,
    plain.context.map((_, i) => contexts.reduce((sum, { context }) => sum + must(context[i]) / 5, 0)),
  );
  for (const each of [run, half, mean]) each.dispose();
  model.dispose();
});
