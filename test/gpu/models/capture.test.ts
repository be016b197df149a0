/** A capture of a run, opened again, against the run itself. */
import { expect, test } from 'vitest';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import type { AttentionMap, Run } from '../../../src/renderer/runs/run.ts';
import { topOf } from '../../../src/renderer/runs/facets/readout.ts';
import { inputOf, memoryModel } from '../../helpers/fixture-model.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { tinyGpt2 } from '../../helpers/tiny-gpt2.ts';

const gpu = await testGpu();
const { signal } = new AbortController();

/** The run's activations as `headgate capture` writes them. */
async function captured(run: Run): Promise<Uint8Array> {
  const tokens = run.tokens.map(({ id, text, special }) => ({ id, text, special }));
  const header: Record<string, object> = {
    __metadata__: {
      headgate: '1',
      model: 'tiny',
      tokens: JSON.stringify(tokens),
      config: '{"model_type":"gpt2"}',
    },
  };
  const parts: Float32Array[] = [];
  let at = 0;
  for (const activation of run.activations.values()) {
    const values = await activation.read();
    header[activation.name] = {
      dtype: 'F32',
      shape: activation.shape,
      data_offsets: [at, at + values.byteLength],
    };
    parts.push(values);
    at += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  let place = 8 + json.length;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), place);
    place += part.byteLength;
  }
  return bytes;
}

async function tile(run: Run, map: AttentionMap): Promise<Float32Array> {
  const target = run.gpu.tensor([2 * 3 * 2], 'tiles', 'scratch');
  const request = { rows: [1, 5], columns: [0, 4], height: 3, width: 2, pool: 'max' } as const;
  await map.tiles(
    [
      { layer: 1, head: 0, ...request },
      { layer: 0, head: 1, ...request },
    ],
    target.buffer,
  );
  const values = await run.gpu.read(target);
  run.gpu.release(target);
  return values;
}

test('a captured run is what was captured', async () => {
  const source = await tinyGpt2({ vocab_size: 11, n_positions: 16, n_embd: 8, n_layer: 2, n_head: 2 });
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const run = await model.run(inputOf([1, 2, 3, 1, 2]), signal);

  const file = await memoryModel('run', new Map([['run.safetensors', await captured(run)]]));
  const family = findFamily(file.model);
  const tokenizer = await must(family.tokenizer)(file, signal);
  const stored = await family.load(gpu, file, () => undefined, signal);
  expect(stored.hasOneText).toBe(true);
  const tokens = await tokenizer.encode('anything');
  const again = await stored.run({ text: '', tokens, vocabulary: (id) => tokenizer.token(id) }, signal);

  expect(again.tokens.map(({ id }) => id)).toEqual([1, 2, 3, 1, 2]);
  expect([...again.activations.keys()].sort()).toEqual([...run.activations.keys()].sort());
  for (const [name, activation] of run.activations)
    expect(await must(again.activations.get(name)).read(), name).toEqual(await activation.read());
  const [map, storedMap] = [must(run.attention[0]), must(again.attention[0])];
  expect([storedMap.layers, storedMap.heads]).toEqual([2, 2]);
  expect(await storedMap.row(1, 1, 3)).toEqual(await map.row(1, 1, 3));
  const [own, other] = [await tile(run, map), await tile(again, storedMap)];
  for (const [i, value] of own.entries()) expect(Math.abs(value - must(other[i]))).toBeLessThan(1e-6);
  for (const position of [0, 4]) {
    const [a, b] = [await topOf(run, position, 3), await topOf(again, position, 3)];
    expect(b.map(({ token }) => token.id)).toEqual(a.map(({ token }) => token.id));
    for (const [i, { probability }] of a.entries())
      expect(Math.abs(probability - must(b[i]).probability)).toBeLessThan(1e-6);
  }
  await expect(storedMap.steps(0, 0, 0)).rejects.toThrow(
    /holds the weights of its attention, not the q and k/,
  );
  for (const one of [run, again]) one.dispose();
  await expect(must(again.activations.get('logits')).read()).rejects.toThrow('disposed of');
  for (const one of [model, stored]) one.dispose();
});

test('a captured tagger gives labels, not tokens', async () => {
  const logits = Float32Array.from([2, -1, 0, 3]);
  const header = JSON.stringify({
    __metadata__: { headgate: '1', tokens: '["a","b"]', labels: '["no","yes"]', labels_of: 'tokens' },
    logits: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
  });
  const json = new TextEncoder().encode(header.padEnd(Math.ceil(header.length / 8) * 8));
  const bytes = new Uint8Array(8 + json.length + 16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(new Uint8Array(logits.buffer), 8 + json.length);
  const file = await memoryModel('run', new Map([['run.safetensors', bytes]]));
  const family = findFamily(file.model);
  const tokenizer = await must(family.tokenizer)(file, signal);
  const stored = await family.load(gpu, file, () => undefined, signal);
  const tokens = await tokenizer.encode('');
  const run = await stored.run({ text: '', tokens, vocabulary: (id) => tokenizer.token(id) }, signal);
  expect(run.facet('labels')).toMatchObject({ labels: 'tokens', names: ['no', 'yes'], scoring: 'softmax' });
  expect(run.facet('readout')).toMatchObject({ predicts: 'label', logits: null });
  const best = await topOf(run, 1, 2);
  expect(best.map(({ token, logit }) => [token.text, logit])).toEqual([
    ['yes', 3],
    ['no', 0],
  ]);
  expect(best[0]?.probability).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
  run.dispose();
});
