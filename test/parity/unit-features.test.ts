/** What the units of headgate-char-lstm follow in a passage of Moby Dick: the correlations that NumPy gives. */
import { expect, test } from 'vitest';
import { findFamily } from '../../src/renderer/families/registry.ts';
import type { CapturedTensor } from '../../src/renderer/job/captured-tensor.ts';
import { unitTensors } from '../../src/renderer/job/unit-tensors.ts';
import { webgpuBackend } from '../../src/renderer/state/device/backend-webgpu.ts';
import { byFolder, fetchBytes, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { difference, readSafetensors } from '../helpers/safetensors.ts';
import text from '../fixtures/unit_features/text.txt?raw';
import referenceUrl from '../fixtures/unit_features/reference.safetensors?url';

const urls = import.meta.glob<string>('../../assets/models/headgate-char-lstm/*.{json,txt,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const gpu = await testGpu();
const { signal } = new AbortController();

test('correlations of units with features of the text', async () => {
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of must(byFolder(urls).get('headgate-char-lstm')))
    files.set(file, await fetchBytes(url));
  const source = await memoryModel('headgate-char-lstm', files, 2 ** 20);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const tokenizer = await webgpuBackend.openTokenizer(source, signal);
  const tokens = await tokenizer.encode(text, signal);
  const run = await model.run({ text, tokens, vocabulary: (id) => tokenizer.token(id) }, signal);

  const { tensors } = readSafetensors(await fetchBytes(referenceUrl));
  const units = unitTensors(run);
  expect(units.map(({ name }) => name).sort()).toEqual([...tensors.keys()].sort());
  const read = async ({ pieces }: CapturedTensor) => {
    for await (const piece of pieces()) return Float32Array.from(piece);
    throw new Error('There is one piece.');
  };
  for (const unit of units) {
    const { name, shape } = unit;
    const expected = must(tensors.get(name));
    expect(shape).toEqual(expected.shape);
    expect(difference(await read(unit), expected.data).largest, name).toBeLessThan(1e-3);
  }
  const best = async (name: string) => {
    const sizes = (await read(must(units.find((unit) => unit.name === name)))).map(Math.abs);
    return sizes.indexOf(Math.max(...sizes));
  };
  expect(await best('units.1.place_in_word')).toBe(88);
  expect(await best('units.1.since_sentence')).toBe(72);
  run.dispose();
  model.dispose();
  tokenizer.dispose();
});
