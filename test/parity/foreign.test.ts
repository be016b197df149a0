import { expect, test } from 'vitest';
import { withRecognisedConfig } from '../../src/common/configs/recognised.ts';
import { recurrent } from '../../src/renderer/families/recurrent.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { activated } from '../helpers/recurrent-reference.ts';
import { readSafetensors } from '../helpers/safetensors.ts';
import { testGpu } from '../helpers/gpu.ts';

/** Models of other frameworks in their own files, and PyTorch's without a config, with what the framework gives after 64 steps. */
const urls = import.meta.glob<string>('../fixtures/{keras,onnx,shapes}/*/*', {
  query: '?url',
  import: 'default',
  eager: true,
});
const REFERENCE = 'reference.safetensors';
const fixtures = byFolder(urls);
const names = [...fixtures.keys()].filter((name) => must(fixtures.get(name)).has(REFERENCE));

const gpu = await testGpu();

test.each(names)('%s: outputs are those of the framework', async (name) => {
  const listed = must(fixtures.get(name));
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of listed) if (file !== REFERENCE) files.set(file, await fetchBytes(url));
  const { tensors, metadata } = readSafetensors(await fetchBytes(listed.get(REFERENCE)));
  const { signal } = new AbortController();
  const source = await memoryModel(name, files);
  const known = { ...source, model: withRecognisedConfig(source.model).model };
  const model = await recurrent.load(gpu, known, () => undefined, signal);
  const run = await model.run(inputOf(must(tensors.get('ids')).data), signal);
  const { data, shape } = must(tensors.get('outputs'));
  const raw = Float64Array.from(await must(run.activations.get('logits')).read());
  const all = activated(raw, shape.at(-1) ?? 1, metadata['activation'] ?? 'linear');
  const actual = all.subarray(all.length - data.length);
  const most = data.reduce((gap, value, i) => Math.max(gap, Math.abs(value - (actual[i] ?? NaN))), 0);
  expect(most).toBeLessThan(1e-5);
  run.dispose();
  model.dispose();
});
