import { describe, expect, test, vi } from 'vitest';
import { seq2seq } from '../../src/renderer/families/seq2seq.ts';
import { DecoderPass } from '../../src/renderer/models/seq2seq/decoder-pass.ts';
import type { DecodeOptions } from '../../src/renderer/runs/run-input.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { difference, readSafetensors, type StoredFile } from '../helpers/safetensors.ts';
import { topOf } from '../../src/renderer/runs/facets/readout.ts';
import { testGpu } from '../helpers/gpu.ts';

const urls = import.meta.glob<string>('../fixtures/seq2seq/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const REFERENCE = 'reference.safetensors';

const fixtures = byFolder(urls);

const gpu = await testGpu();

async function openFixture(name: string) {
  const listed = fixtures.get(name) ?? new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of listed) if (file !== REFERENCE) files.set(file, await fetchBytes(url));
  const reference = readSafetensors(await fetchBytes(listed.get(REFERENCE)));
  const source = await memoryModel(name, files, 4099);
  const { signal } = new AbortController();
  const model = await seq2seq.load(gpu, source, () => undefined, signal);
  const ids = (tensor: string) => Array.from(must(reference.tensors.get(tensor)).data);
  const run = (decode: DecodeOptions) => model.run({ ...inputOf(ids('source')), decode }, signal);
  return { model, reference, ids, run };
}

test('there is a fixture for every kind', () => {
  expect([...fixtures.keys()].sort()).toEqual([
    'bentrevett-1',
    'bentrevett-2',
    'bentrevett-3',
    'bentrevett-4',
    'chatbot-concat',
    'chatbot-dot',
    'chatbot-general',
    'opennmt-dot',
    'opennmt-general',
    'opennmt-mlp',
    'own-linear-bridge',
    'own-sum-bridge',
    'own-zero-bridge-projection',
    'pytorch-tutorial',
  ]);
});

const hasAttention = ({ tensors }: StoredFile) => tensors.has('attention.weights');

describe.each([...fixtures.keys()])('%s', (name) => {
  test('64 forced steps are those of PyTorch', async () => {
    const { model, reference, ids, run: runWith } = await openFixture(name);
    const run = await runWith({ target: ids('target') });
    expect(run.tokens.map(({ id }) => id)).toEqual(ids('target'));
    for (const [tensor, expected] of reference.tensors) {
      if (['source', 'target', 'greedy'].includes(tensor)) continue;
      const activation = run.activations.get(tensor);
      expect(activation?.shape, tensor).toEqual(expected.shape);
      const { largest, scale } = difference(await must(activation).read(), expected.data);
      const bound = tensor === 'attention.weights' ? 2e-5 : 1e-5 * Math.max(1, scale);
      expect(largest, tensor).toBeLessThanOrEqual(bound);
    }
    expect(run.attention).toHaveLength(hasAttention(reference) ? 1 : 0);
    run.dispose();
    model.dispose();
    const { weights, activations, scratch } = gpu.memory();
    expect({ weights, activations, scratch }).toEqual({ weights: 0, activations: 0, scratch: 0 });
  });

  test('greedy search chooses the same tokens, and a forced prefix keeps its own', async () => {
    const { model, ids, run: runWith } = await openFixture(name);
    const greedy = await runWith({});
    expect(greedy.tokens.map(({ id }) => id)).toEqual(ids('greedy'));
    const [best] = await topOf(greedy, 0, 1);
    expect(best?.token.id).toBe(ids('greedy')[0]);
    greedy.dispose();
    const prefixed = await runWith({ prefix: [7, 5, 9], maxTokens: 6 });
    expect(prefixed.tokens.slice(0, 3).map(({ id }) => id)).toEqual([7, 5, 9]);
    expect(prefixed.tokens.length).toBeLessThanOrEqual(6);
    prefixed.dispose();
    model.dispose();
  });

  test('beam search keeps its tree, whose scores are those of the run', async () => {
    const { model, run: runWith } = await openFixture(name);
    const run = await runWith({ beams: 3, maxTokens: 8 });
    const nodes = must(run.facet('search'));
    const chosen = nodes.filter((node) => node.chosen);
    expect(chosen.map(({ token }) => token.id)).toEqual(run.tokens.map(({ id }) => id));
    const logits = await must(run.activations.get('logits')).read();
    const V = logits.length / run.tokens.length;
    let sum = 0;
    for (const [t, { id }] of run.tokens.entries()) {
      const row = logits.subarray(t * V, (t + 1) * V);
      const most = Math.max(...row);
      sum += must(row[id]) - most - Math.log(row.reduce((total, x) => total + Math.exp(x - most), 0));
    }
    expect(Math.abs(must(chosen.at(-1)).logProbability - sum)).toBeLessThan(1e-4);
    for (let step = 0; step < run.tokens.length; step++)
      expect(nodes.filter((node) => node.step === step).length).toBeLessThanOrEqual(3);
    run.dispose();
    model.dispose();
    const { weights, activations, scratch } = gpu.memory();
    expect({ weights, activations, scratch }).toEqual({ weights: 0, activations: 0, scratch: 0 });
  });

  test('attention that is set by hand replaces the weights of its step, and what follows changes', async () => {
    const { model, reference, ids, run: runWith } = await openFixture(name);
    const S = ids('source').length;
    const weights = Array.from({ length: S }, (_, s) => (s === 4 ? 2 : 0));
    const forced = { target: ids('target'), forcedAttention: [{ step: 5, weights }] };
    if (!hasAttention(reference)) {
      await expect(runWith(forced)).rejects.toMatchObject({ code: 'no-attention' });
      model.dispose();
      return;
    }
    const run = await runWith(forced);
    const [map] = run.attention;
    expect(Array.from(await must(map).row(0, 0, 5))).toEqual(weights.map((weight) => weight / 2));
    const before = must(reference.tensors.get('attention.weights')).data;
    expect(difference(await must(map).row(0, 0, 4), before.slice(4 * S, 5 * S)).largest).toBeLessThan(2e-5);
    const logits = await must(run.activations.get('logits')).read();
    const expected = must(reference.tensors.get('logits')).data;
    const V = must(reference.tensors.get('logits')?.shape[1]);
    expect(difference(logits.slice(5 * V, 6 * V), expected.slice(5 * V, 6 * V)).largest).toBeGreaterThan(
      1e-3,
    );

    const target = gpu.device.createBuffer({
      size: 64 * 4,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
    });
    const exact = {
      layer: 0,
      head: 0,
      rows: [4, 6],
      columns: [3, 6],
      height: 2,
      width: 3,
      pool: 'max',
    } as const;
    await must(map).tiles([exact, { ...exact, height: 1, width: 1 }], target, 2);
    const cells = new Float32Array(await gpu.readBytes(target, 8, 7 * 4));
    expect(Array.from(cells.subarray(3, 6))).toEqual([0, 1, 0]);
    expect(cells[6]).toBe(1);
    target.destroy();
    await expect(runWith({ forcedAttention: [{ step: 0, weights: [1] }] })).rejects.toMatchObject({
      code: 'bad-attention',
    });
    run.dispose();

    // What is written from there on does not depend on what was written before, right or wrong.
    const other = await openFixture(name);
    const written = await other.run({ forcedAttention: forced.forcedAttention });
    const moved = { step: 5, weights: weights.map((_, s) => s + 1) };
    for (const earlier of [{ target: ids('target') }, {}, { forcedAttention: [moved] }]) {
      const before = await runWith(earlier);
      const steps = vi.spyOn(DecoderPass.prototype, 'recordStep');
      const again = await runWith({ forcedAttention: forced.forcedAttention });
      // The steps before a weight that moved are kept, if there are as many.
      const first = must(steps.mock.calls[0])[1];
      expect(first).toBe('target' in earlier ? 0 : Math.min(5, before.tokens.length - 1));
      steps.mockRestore();
      expect(again.tokens).toEqual(written.tokens);
      before.dispose();
      for (const [name, activation] of written.activations) {
        const found = await must(again.activations.get(name)).read();
        const { largest, scale } = difference(found, await activation.read());
        expect(largest, name).toBeLessThan(1e-5 * Math.max(1, scale));
      }
      expect(await must(again.activations.get('encoder.embeddings')).read()).toHaveLength(
        must(again.activations.get('encoder.embeddings')).shape.reduce((product, size) => product * size, 1),
      );
      again.dispose();
    }
    written.dispose();
    other.model.dispose();
    model.dispose();
  });
});
