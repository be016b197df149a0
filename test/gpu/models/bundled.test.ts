import { expect, test } from 'vitest';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import { fetchBytes, inputOf, memoryModel } from '../../helpers/fixture-model.ts';

const urls = import.meta.glob<string>(
  '../../../assets/models/headgate-gpt/{config.json,tokenizer.json,model.safetensors}',
  {
    query: '?url',
    import: 'default',
    eager: true,
  },
);
const { signal } = new AbortController();

/** Every activation of a text, from a device and a model of their own. */
async function activations(times: number): Promise<(readonly [string, Float32Array])[][]> {
  const files = new Map<string, Uint8Array>();
  for (const [path, url] of Object.entries(urls))
    files.set(path.slice(path.lastIndexOf('/') + 1), await fetchBytes(url));
  const source = await memoryModel('headgate-gpt', files, 2 ** 20);
  const gpu = await Gpu.create({ onError: (error) => expect.unreachable(error.message) });
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const results = [];
  for (let i = 0; i < times; i++) {
    const run = await model.run(
      inputOf(Array.from({ length: 61 }, (_, at) => (at * 37 + 11) % 1000)),
      signal,
    );
    const read = [];
    for (const [name, activation] of run.activations) read.push([name, await activation.read()] as const);
    results.push(read);
    run.dispose();
  }
  gpu.destroy();
  return results;
}

test('the bundled model’s forward is the same bit for bit, from run to run and from start to start', async () => {
  const [first, second] = await activations(2);
  const [third] = await activations(1);
  // Embeddings and six layers, their attentions, the logits.
  expect(first?.length).toBeGreaterThan(12);
  for (const other of [second, third])
    for (const [i, [name, values]] of (first ?? []).entries()) {
      expect(other?.[i]?.[0]).toBe(name);
      expect(bitsDiffer(values, other?.[i]?.[1]), name).toBe(false);
    }
});

function bitsDiffer(a: Float32Array, b: Float32Array | undefined): boolean {
  const [x, y] = [a, b ?? new Float32Array()].map((values) => new Uint32Array(values.buffer));
  return x?.length !== y?.length || (x?.some((word, i) => word !== y?.[i]) ?? true);
}
