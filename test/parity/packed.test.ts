/** GGUF files with packed matrices, which stay packed on the GPU (test/fixtures/make_gguf_packed.py). */
import { expect, test } from 'vitest';
import { storedBytes } from '../../src/common/stored-type.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { byFolder, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { closeAll, compareActivation, idsOf, readFixture } from '../helpers/parity.ts';
import { difference } from '../helpers/safetensors.ts';

const urls = import.meta.glob<string>('../fixtures/gguf_packed/*/*.{gguf,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const fixtures = byFolder(urls);
const { signal } = new AbortController();
const gpu = await testGpu();

async function openFixture(name: string) {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  // An odd piece size, so that blocks and rows are cut anywhere.
  const source = await memoryModel(name, files, 4099);
  const input = inputOf(idsOf(reference, 'input_ids'));
  if (!reference.tensors.has('decoder_input_ids')) return { source, reference, input };
  // Without the token that the decoder begins with.
  const target = idsOf(reference, 'decoder_input_ids').slice(1);
  return { source, reference, input: { ...input, decode: { target } } };
}

test.each([...fixtures.keys()])(
  '%s: states and logits are those of Transformers, from weights that stay packed',
  async (name) => {
    const { source, reference, input } = await openFixture(name);
    const { tensors } = source.model;
    expect(tensors.filter(({ packed }) => packed !== undefined).length).toBeGreaterThan(4);
    const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
    const run = await model.run(input, signal);
    let most = 0;
    for (const [tensor, { data }] of reference.tensors)
      if (!tensor.endsWith('input_ids')) most = Math.max(most, await compareActivation(run, tensor, data));
    expect(run.activations.has('logits')).toBe(reference.tensors.has('logits'));
    const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((size, axis) => size * axis, 1), 0);
    const stored = tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
    console.info(
      `${name}: ${most.toExponential(1)}; ${stored} bytes in the file, ${model.bytes} on the GPU, ${4 * values} in f32`,
    );
    // Scales are f32 on the GPU, and codes of 5 and 6 bits take 8.
    expect(model.bytes).toBeLessThan(0.5 * 4 * values);
    closeAll(gpu, model, run);
  },
);

test('a packed table in pieces, as too large for one buffer, gives the same logits', async () => {
  const results: Float32Array[] = [];
  const { largest } = gpu.pool;
  const before = gpu.memory().weights;
  for (const most of [largest, 2048]) {
    const { source, input } = await openFixture('llama-q8_0');
    gpu.pool.largest = most;
    try {
      const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
      gpu.pool.largest = largest;
      const run = await model.run(input, signal);
      results.push(await must(run.activations.get('logits')).read());
      run.dispose();
      model.dispose();
    } finally {
      gpu.pool.largest = largest;
    }
  }
  expect(gpu.memory().weights).toBe(before);
  expect(results[1]).toEqual(results[0]);
});

test.each(['llama-k-types', 'gpt2-turned', 'gptneox-interleaved'])(
  '%s: how much a logit depends on each token is what it is with the same weights in f32',
  async (name) => {
    const { source, input } = await openFixture(name);
    const plain = source.model.tensors.map(({ packed: _, ...tensor }) => tensor);
    const found: { readonly norms: Float32Array; readonly bytes: number }[] = [];
    for (const one of [source, { ...source, model: { ...source.model, tensors: plain } }]) {
      const model = await findFamily(one.model).load(gpu, one, () => undefined, signal);
      const run = await model.run(input, signal);
      const [own] = await must(run.facet('inputGradient')).of({ output: 3, position: 8 }, { signal });
      found.push({ norms: must(own).norms, bytes: model.bytes });
      closeAll(gpu, model, run);
    }
    const [packed, expanded] = [must(found[0]), must(found[1])];
    expect(packed.bytes).toBeLessThan(expanded.bytes / 2);
    const { largest, scale } = difference(packed.norms, expanded.norms);
    expect(scale).toBeGreaterThan(0);
    expect(largest / scale).toBeLessThan(1e-4);
  },
);

test('a head of a packed model can be silenced, and its table is shared by the head of the model', async () => {
  const { source, input } = await openFixture('llama-k-types');
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const run = await model.run(input, signal);
  const before = await must(run.activations.get('logits')).read();
  const change = { kind: 'head', layer: 0, head: 1, factor: 0 } as const;
  const changed = await must(model.intervene?.(run, [change], signal));
  const after = await must(changed.activations.get('logits')).read();
  expect(after.every(Number.isFinite)).toBe(true);
  expect(after).not.toEqual(before);
  changed.dispose();
  closeAll(gpu, model, run);
});
