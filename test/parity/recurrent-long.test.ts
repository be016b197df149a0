import { expect, test } from 'vitest';
import { recurrent } from '../../src/renderer/families/recurrent.ts';
import { inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { topOf } from '../../src/renderer/runs/facets/readout.ts';

const urls = import.meta.glob<string>('../fixtures/recurrent/lstm-2-layers-f16/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const gpu = await testGpu();
const T = 10_000;
const ids = Array.from({ length: T }, (_, t) => (t * 7 + ((t * t) % 11)) % 19);

async function open() {
  const files = new Map<string, Uint8Array>();
  for (const [path, url] of Object.entries(urls))
    files.set(path.split('/').at(-1) ?? '', new Uint8Array(await (await fetch(url)).arrayBuffer()));
  files.delete('reference.safetensors');
  const source = await memoryModel('long', files);
  return recurrent.load(gpu, source, () => undefined, new AbortController().signal);
}

test('10,000 steps run in bounded memory, with progress, and begin like a short text', async () => {
  const model = await open();
  const { signal } = new AbortController();
  const short = await model.run(inputOf(ids.slice(0, 50)), signal);
  const wanted = await must(short.activations.get('rnn.1.gates.forget')).read();
  short.dispose();

  // 4 gates × 12 units × 2 layers × 10,000 steps would be 3.8 MB.
  gpu.activationBudget = 2 ** 20;
  const told: number[] = [];
  const run = await model.run(
    { ...inputOf(ids), onProgress: (done, total) => told.push(done / total) },
    signal,
  );
  expect(told.length).toBeGreaterThan(20);
  expect(told.at(-1)).toBe(1);
  // Two states of 12 values in each of two layers, the embeddings, and what size classes round up.
  expect(run.bytes).toBeLessThan(1.3 * T * 4 * (4 * 12 + 8) + 2 ** 16);
  const gates = await must(run.activations.get('rnn.1.gates.forget')).read();
  expect(gates).toHaveLength(T * 12);
  expect(gates.slice(0, 600)).toEqual(wanted);
  const [best] = await topOf(run, T - 1, 1);
  expect(best?.probability).toBeGreaterThan(1 / 19);

  const stopped = new AbortController();
  const sweep = must(run.facet('recurrent')?.[0]).gradient(1, false, {
    signal: stopped.signal,
    onProgress: (done) => done > 100 && stopped.abort(),
  });
  await expect(sweep).rejects.toThrow(/abort/i);
  run.dispose();
  model.dispose();
});

test('a long run that is cancelled stops and gives everything back', async () => {
  const model = await open();
  const { weights } = gpu.memory();
  const stopped = new AbortController();
  const run = model.run(
    { ...inputOf(ids), onProgress: (done, total) => done > total / 10 && stopped.abort() },
    stopped.signal,
  );
  await expect(run).rejects.toThrow(/abort/i);
  expect(gpu.memory()).toMatchObject({ weights, activations: 0, scratch: 0 });
  model.dispose();
});
