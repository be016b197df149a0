import { beforeAll, describe, expect, test } from 'vitest';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import { attention } from '../../../src/renderer/kernels/attention/attention.ts';
import { ATTENTION_METRICS } from '../../../src/renderer/kernels/attention/attention-metrics.ts';
import { referenceMetrics } from '../../../src/renderer/kernels/attention/attention-metrics.reference.ts';
import { referenceWeights } from '../../../src/renderer/kernels/attention/attention.reference.ts';
import type { AttendedLayer } from '../../../src/renderer/kernels/attention/attention-weights.ts';
import { referencePool } from '../../../src/renderer/kernels/analysis/pool.reference.ts';
import { StoredAttention } from '../../../src/renderer/runs/attention-map.ts';
import type { PatternTile } from '../../../src/renderer/runs/run.ts';
import { largestDifference } from './guarded.ts';
import { packedCase, type Case } from './layers.ts';
import { testGpu } from '../../helpers/gpu.ts';

const TOKENS = 19;
const HEADS = 3;
const LAYERS = 2;

const gpu = await testGpu();
let cases: Case[];
let attended: AttendedLayer[];
let leases = 0;
let disposed = false;
let map: StoredAttention;

beforeAll(async () => {
  cases = [2, 5].map((size) => packedCase(gpu, { tokens: TOKENS, heads: HEADS, headWidth: 4, size }));
  attended = await Promise.all(
    cases.map(async ({ layer }) => {
      const output = gpu.tensor([TOKENS, HEADS * 4], 'output');
      const statistics = gpu.tensor([HEADS, TOKENS, 2], 'statistics');
      await gpu.submit('attention', (recorder) => attention(recorder, layer, { output, statistics }));
      return { layer, statistics };
    }),
  );
  const tokens = Array.from({ length: TOKENS }, (_, id) => ({
    id: id % 5,
    text: `${id}`,
    span: null,
    special: id === 0,
  }));
  map = new StoredAttention(gpu, {
    kind: 'self',
    layers: LAYERS,
    heads: HEADS,
    queries: tokens,
    keys: tokens,
    causal: true,
    activation: (layer) => `attentions.${layer}`,
    lease: async (layer) => {
      if (disposed) throw new DOMException('The run was closed.', 'AbortError');
      leases++;
      return { ...(attended[layer] as AttendedLayer), release: () => leases-- };
    },
    steps: () => Promise.reject(new Error('Nobody asks for the steps of a head here.')),
  });
});

const pattern = (layer: number) => {
  const { layer: it, values } = cases[layer] as Case;
  return referenceWeights(it, values);
};

describe('the attention map of a run', () => {
  test('thumbnails of what the pass has pooled, where their cells are whole cells of it', async () => {
    const layer = packedCase(gpu, { tokens: 40, heads: 2, headWidth: 4 });
    const [output, statistics, cells] = [
      [40, 8],
      [2, 40, 2],
      [2, 8, 8],
    ].map((shape) => gpu.tensor(shape, 'pooled'));
    if (output === undefined || statistics === undefined || cells === undefined)
      throw new Error('Three tensors.');
    await gpu.submit('attention', (recorder) =>
      attention(recorder, layer.layer, { output, statistics, pooled: cells }),
    );
    const tokens = Array.from({ length: 40 }, (_, id) => ({ id, text: `${id}`, span: null, special: false }));
    const own = new StoredAttention(gpu, {
      ...{ kind: 'self', layers: 1, heads: 2, queries: tokens, keys: tokens, causal: true },
      activation: () => 'attentions.0',
      lease: () => Promise.reject(new Error('What is pooled needs no q and k.')),
      pooled: () => cells,
      steps: () => Promise.reject(new Error('Nobody asks for steps.')),
    });
    const target = gpu.tensor([2, 4, 2], 'tiles');
    const whole = { rows: [0, 40], columns: [0, 40], height: 4, width: 2, pool: 'max' } as const;
    await own.tiles(
      [0, 1].map((head) => ({ ...whole, layer: 0, head })),
      target.buffer,
    );
    const values = await gpu.read(target);
    const weights = referenceWeights(layer.layer, layer.values);
    for (const head of [0, 1]) {
      const pattern = weights.subarray(head * 1600, (head + 1) * 1600);
      const expected = referencePool(pattern, [40, 40], { height: 4, width: 2, pool: 'max' });
      expect(largestDifference(values.subarray(head * 8, (head + 1) * 8), expected)).toBeLessThan(2e-6);
    }
    // Means, and cells that are no whole cells, are computed.
    await expect(own.tiles([{ ...whole, layer: 0, head: 0, pool: 'mean' }], target.buffer)).rejects.toThrow(
      'q and k',
    );
    await expect(own.tiles([{ ...whole, layer: 0, head: 0, height: 3 }], target.buffer)).rejects.toThrow(
      'q and k',
    );
    for (const tensor of [output, statistics, cells, target, ...layer.held]) gpu.release(tensor);
  });

  test('thumbnails of every head, one after another, among others of their own', async () => {
    const whole: Omit<PatternTile, 'layer' | 'head'> = {
      rows: [0, TOKENS],
      columns: [0, TOKENS],
      height: TOKENS,
      width: TOKENS,
      pool: 'mean',
    };
    const requests = [0, 1].flatMap((layer) => [0, 1, 2].map((head) => ({ ...whole, layer, head })));
    // Not the next head, not the same rectangle.
    requests.push({ ...whole, layer: 1, head: 2 }, { ...whole, layer: 0, head: 1, rows: [4, 5], height: 1 });
    const offset = 7;
    const count = 7 * TOKENS * TOKENS + TOKENS;
    const target = gpu.tensorFrom(
      new Float32Array(offset + count + 1).fill(-1),
      [offset + count + 1],
      'tiles',
    );
    await map.tiles(requests, target.buffer, offset);
    const values = await gpu.read(target);
    gpu.release(target);
    const head = (layer: number, index: number) =>
      pattern(layer).subarray(index * TOKENS * TOKENS, (index + 1) * TOKENS * TOKENS);
    const expected = [
      ...pattern(0),
      ...pattern(1),
      ...head(1, 2),
      ...head(0, 1).subarray(4 * TOKENS, 5 * TOKENS),
    ];
    expect(largestDifference(values.subarray(offset, offset + count), expected)).toBeLessThanOrEqual(2e-6);
    expect([...values.subarray(0, offset), values.at(-1)].every((value) => value === -1)).toBe(true);
    expect(leases).toBe(0);
  });

  test('a row on the CPU, and a whole pattern', async () => {
    const at = (1 * TOKENS + 6) * TOKENS;
    expect(
      largestDifference(await map.row(1, 1, 6), pattern(1).subarray(at, at + TOKENS)),
    ).toBeLessThanOrEqual(2e-6);
    const target: GpuTensor = gpu.tensor([HEADS, TOKENS, TOKENS], 'pattern');
    await map.pattern(0, target);
    expect(largestDifference(await gpu.read(target), pattern(0))).toBeLessThanOrEqual(2e-6);
    gpu.release(target);
  });

  test('the metrics of each head by name', async () => {
    const expected = referenceMetrics(pattern(0), map.queries, map.keys);
    for (const [head, metrics] of (await map.metrics(0)).entries()) {
      const own = ATTENTION_METRICS.map((name) => metrics[name]);
      const count = ATTENTION_METRICS.length;
      expect(largestDifference(own, expected.subarray(head * count, (head + 1) * count))).toBeLessThanOrEqual(
        1e-5,
      );
      expect(metrics.effective_tokens).toBe(Math.exp(metrics.entropy));
    }
  });

  test('what lies outside is refused and leaves nothing leased or held', async () => {
    const scratch = gpu.memory().scratch;
    await expect(map.row(LAYERS, 0, 0)).rejects.toThrow(/layer 2 of 2/);
    await expect(map.row(0, HEADS, 0)).rejects.toThrow(/heads 3 to 4/);
    await expect(map.row(0, 0, TOKENS)).rejects.toThrow(/rows 19 to 20/);
    expect(leases).toBe(0);
    expect(gpu.memory().scratch).toBe(scratch);
  });

  test('a closed run rejects', async () => {
    disposed = true;
    await expect(map.metrics(0)).rejects.toMatchObject({ name: 'AbortError' });
    disposed = false;
  });
});
