import { describe, expect, test } from 'vitest';
import { attention } from '../../../src/renderer/kernels/attention/attention.ts';
import { GPU_TILE, SOFTWARE_TILE } from '../../../src/renderer/kernels/attention/attention-params.ts';
import {
  referenceAttention,
  referenceScores,
  referenceWeights,
} from '../../../src/renderer/kernels/attention/attention.reference.ts';
import { referencePool } from '../../../src/renderer/kernels/analysis/pool.reference.ts';
import { asIfSlow, testGpu } from '../../helpers/gpu.ts';
import { guarded, largestDifference } from './guarded.ts';
import { CASES, packedCase, type Case } from './layers.ts';

const gpu = await testGpu();

async function run(
  { layer }: Case,
  tile = SOFTWARE_TILE,
): Promise<{ output: Float32Array; statistics: Float32Array }> {
  const output = guarded(gpu, [layer.queries, layer.heads * layer.headWidth]);
  const statistics = guarded(gpu, [layer.heads, layer.queries, 2]);
  await gpu.submit('attention', (recorder) =>
    attention(recorder, layer, { output: output.tensor, statistics: statistics.tensor }, tile),
  );
  const result = { output: await output.read(), statistics: await statistics.read() };
  output.release();
  statistics.release();
  return result;
}

describe.each([
  ['the software tile', SOFTWARE_TILE],
  ['the GPU tile', GPU_TILE],
])('attention forward with %s', (_tile, tile) => {
  test.each(Object.entries(CASES))('%s', async (_name, make) => {
    const it = make(gpu);
    const { output, statistics } = await run(it, tile);
    const size = Math.max(...Array.from(it.values.v, Math.abs));
    const largestScore = Math.max(
      1,
      ...referenceScores(it.layer, it.values).filter(Number.isFinite).map(Math.abs),
    );
    // Scores of f32 are off by some 2⁻²⁴ of their size, and the softmax by as much of its weights.
    const bound = size * (2e-6 + 4e-7 * largestScore);
    expect(largestDifference(output, referenceAttention(it.layer, it.values))).toBeLessThanOrEqual(bound);
    checkStatistics(it, statistics);
    it.held.forEach((tensor) => gpu.release(tensor));
  });
});

/** The patterns of a case, pooled in the pass and by the reference. */
async function pooled(it: Case, height: number, width: number): Promise<number> {
  const { queries, keys, heads, headWidth } = it.layer;
  const output = gpu.tensor([queries, heads * headWidth], 'output', 'scratch');
  const statistics = gpu.tensor([heads, queries, 2], 'statistics', 'scratch');
  const cells = guarded(gpu, [heads, height, width]);
  await gpu.submit('attention', (recorder) =>
    attention(recorder, it.layer, { output, statistics, pooled: cells.tensor }),
  );
  const values = await cells.read();
  cells.release();
  for (const tensor of [output, statistics]) gpu.release(tensor);
  const weights = referenceWeights(it.layer, it.values);
  const expected = Array.from({ length: heads }, (_, head) =>
    referencePool(weights.subarray(head * queries * keys, (head + 1) * queries * keys), [queries, keys], {
      height,
      width,
      pool: 'max',
    }),
  );
  return largestDifference(values, Float64Array.from(expected.flatMap((one) => [...one])));
}

describe('patterns pooled while the scores are there', () => {
  test.each(Object.entries(CASES))('%s', async (_name, make) => {
    const it = make(gpu);
    const { queries, keys } = it.layer;
    for (const [height, width] of [
      [Math.min(queries, 4), Math.min(keys, 3)],
      [queries, keys],
    ] as const)
      expect(await pooled(it, height, width)).toBeLessThanOrEqual(2e-5);
    it.held.forEach((tensor) => gpu.release(tensor));
  });

  test('a text that goes through the slab in pieces, of which cells are cut', async () => {
    const it = packedCase(gpu, { tokens: 3001, heads: 2, headWidth: 4 });
    expect(await pooled(it, 7, 5)).toBeLessThanOrEqual(2e-5);
    it.held.forEach((tensor) => gpu.release(tensor));
  });
});

describe('attention forward', () => {
  test('a text whose scores do not fit the slab goes through it in pieces', async () => {
    const it = packedCase(gpu, { tokens: 3001, heads: 2, headWidth: 4 });
    const { output } = await run(it);
    expect(largestDifference(output, referenceAttention(it.layer, it.values))).toBeLessThanOrEqual(3e-6);
    it.held.forEach((tensor) => gpu.release(tensor));
  });

  test.each([SOFTWARE_TILE, GPU_TILE])(
    'on a slow device, rows in pieces give the same bits',
    async (tile) => {
      const it = packedCase(gpu, { tokens: 61, heads: 3, headWidth: 8 });
      const whole = await run(it, tile);
      expect(await asIfSlow(gpu, () => run(it, tile))).toEqual(whole);
      it.held.forEach((tensor) => gpu.release(tensor));
    },
  );

  test('the first tokens of a longer text give the same bits', async () => {
    const long = packedCase(gpu, { tokens: 61, heads: 3, headWidth: 8 });
    const short: Case = { ...long, layer: { ...long.layer, queries: 23, keys: 23 } };
    const [a, b] = [await run(long), await run(short)];
    expect(b.output).toEqual(a.output.slice(0, b.output.length));
    long.held.forEach((tensor) => gpu.release(tensor));
  });

  test('twice the same gives the same bits', async () => {
    const it = packedCase(gpu, { tokens: 70, heads: 3, headWidth: 8 });
    expect(await run(it)).toEqual(await run(it));
    it.held.forEach((tensor) => gpu.release(tensor));
  });

  test('shapes that do not fit are refused', () => {
    const { layer, held } = packedCase(gpu, { tokens: 4, heads: 2, headWidth: 4 });
    const output = gpu.tensor([4, 8], 'output');
    const statistics = gpu.tensor([2, 4, 2], 'statistics');
    const record = (changed: Partial<typeof layer>) =>
      gpu.submit('attention', (recorder) =>
        attention(recorder, { ...layer, ...changed }, { output, statistics }),
      );
    return Promise.all([
      expect(record({ queries: 3 })).rejects.toThrow(/output of attention/),
      expect(record({ keyHeads: 3 })).rejects.toThrow(/2 heads of 4 over 3/),
      expect(record({ window: 0 })).rejects.toThrow(/window/),
      expect(record({ softCap: 0 })).rejects.toThrow(/capped/),
    ]).finally(() => [...held, output, statistics].forEach((tensor) => gpu.release(tensor)));
  });
});

/** Maximum and Σ e^(score − maximum) of every row. */
function checkStatistics({ layer, values }: Case, statistics: Float32Array): void {
  const scores = referenceScores(layer, values);
  for (let row = 0; row < layer.heads * layer.queries; row++) {
    const own = scores.subarray(row * layer.keys, (row + 1) * layer.keys);
    const largest = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const [max = 0, sum = 0] = statistics.subarray(row * 2, row * 2 + 2);
    if (largest === -Infinity) {
      expect(sum).toBe(0);
      continue;
    }
    expect(Math.abs(max - largest)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(largest)));
    const exact = own.reduce((total, score) => total + Math.exp(score - largest), 0);
    expect(Math.abs(sum - exact)).toBeLessThanOrEqual(1e-3 * exact);
  }
}
