import { expect, test } from 'vitest';
import { recurrent } from '../../src/renderer/families/recurrent.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { difference, readSafetensors } from '../helpers/safetensors.ts';
import { testGpu } from '../helpers/gpu.ts';

const urls = import.meta.glob<string>('../fixtures/layouts/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const REFERENCE = 'reference.safetensors';
const fixtures = byFolder(urls);

const gpu = await testGpu();

test.each([...fixtures.keys()])('%s: hidden states are those of the framework itself', async (name) => {
  const listed = must(fixtures.get(name));
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of listed) if (file !== REFERENCE) files.set(file, await fetchBytes(url));
  const { tensors } = readSafetensors(await fetchBytes(listed.get(REFERENCE)));
  const { signal } = new AbortController();
  const model = await recurrent.load(gpu, await memoryModel(name, files), () => undefined, signal);
  const run = await model.run(inputOf(must(tensors.get('ids')).data), signal);
  const states = [...tensors].filter(([tensor]) => tensor.endsWith('hidden'));
  expect(states.length).toBeGreaterThan(0);
  for (const [tensor, expected] of states) {
    const actual = await must(run.activations.get(tensor)).read();
    const { largest } = difference(actual, expected.data);
    expect(largest, tensor).toBeLessThanOrEqual(1e-5);
  }
  run.dispose();
  model.dispose();
});
