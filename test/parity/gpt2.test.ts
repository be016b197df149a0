import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gpu } from '../../src/renderer/gpu/gpu.ts';
import { findFamily } from '../../src/renderer/models/registry.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { difference, readSafetensors } from '../helpers/safetensors.ts';

const urls = import.meta.glob<string>('../fixtures/gpt2/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const REFERENCE = 'reference.safetensors';

const fixtures = byFolder(urls);

let gpu: Gpu;
const errors: Error[] = [];
beforeAll(async () => {
  gpu = await Gpu.create({ onError: (error) => errors.push(error) });
});
afterAll(() => {
  gpu.destroy();
  expect(errors).toEqual([]);
});

test('there are fixtures', () => {
  expect(fixtures.size).toBeGreaterThanOrEqual(3);
});

async function openFixture(name: string) {
  const listed = fixtures.get(name) ?? new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of listed) if (file !== REFERENCE) files.set(file, await fetchBytes(url));
  const reference = readSafetensors(await fetchBytes(listed.get(REFERENCE)));
  // An odd piece size, so that values and tensors are cut anywhere.
  return { source: await memoryModel(name, files, 4099), reference };
}

describe.each([...fixtures.keys()])('%s', (name) => {
  test.each([
    { budget: 256 * 2 ** 20, keeps: 'q, k and v kept' },
    { budget: 0, keeps: 'q, k and v computed again' },
  ])('every hidden state, attention and logit is that of Transformers, $keeps', async ({ budget }) => {
    const { source, reference } = await openFixture(name);
    const { signal } = new AbortController();
    gpu.activationBudget = budget;
    const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
    const run = await model.run(inputOf(reference.tensors.get('input_ids')?.data ?? []), signal);
    let compared = 0;
    const most = { attentions: 0, others: 0 };
    for (const [tensor, expected] of reference.tensors) {
      if (tensor === 'input_ids') continue;
      const activation = run.activations.get(tensor);
      expect(activation?.shape, tensor).toEqual(expected.shape);
      const { largest, scale } = difference((await activation?.read()) ?? new Float32Array(), expected.data);
      const kind = tensor.startsWith('attentions') ? 'attentions' : 'others';
      const gap = kind === 'attentions' ? largest : largest / Math.max(1, scale);
      expect(gap, tensor).toBeLessThanOrEqual(kind === 'attentions' ? 2e-5 : 2e-4);
      most[kind] = Math.max(most[kind], gap);
      compared++;
    }
    expect(compared).toBe(run.activations.size);
    console.info(
      `${name}: states and logits ${most.others.toExponential(1)}, attentions ${most.attentions.toExponential(1)}`,
    );

    const position = run.tokens.length - 1;
    const logits = reference.tensors
      .get('logits')
      ?.data.slice(-(reference.tensors.get('logits')?.shape[1] ?? 0));
    const best = (logits ?? new Float32Array()).indexOf(Math.max(...(logits ?? [])));
    const [first] = await run.top(position, 3);
    expect(first?.token.id).toBe(best);
    run.dispose();
    model.dispose();
    const { weights, activations, scratch } = gpu.memory();
    expect({ weights, activations, scratch }).toEqual({ weights: 0, activations: 0, scratch: 0 });
  });
});
