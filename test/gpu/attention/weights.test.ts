import { describe, expect, test } from 'vitest';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import { attention } from '../../../src/renderer/kernels/attention/attention.ts';
import {
  attentionMetrics,
  metricTokens,
  type MetricToken,
} from '../../../src/renderer/kernels/attention/attention-metrics.ts';
import { referenceMetrics } from '../../../src/renderer/kernels/attention/attention-metrics.reference.ts';
import { GPU_TILE, SOFTWARE_TILE } from '../../../src/renderer/kernels/attention/attention-params.ts';
import {
  referenceScores,
  referenceWeights,
} from '../../../src/renderer/kernels/attention/attention.reference.ts';
import {
  attentionTiles,
  attentionWeights,
  wholePattern,
  type AttendedLayer,
  type Rectangle,
} from '../../../src/renderer/kernels/attention/attention-weights.ts';
import { referencePool } from '../../../src/renderer/kernels/analysis/pool.reference.ts';
import { asIfSlow, testGpu } from '../../helpers/gpu.ts';
import { guarded, largestDifference } from './guarded.ts';
import { CASES, packedCase, type Case } from './layers.ts';

const gpu = await testGpu();

/** Row statistics of a case, as the forward pass writes them. */
async function attend({ layer }: Case): Promise<AttendedLayer & { held: GpuTensor[] }> {
  const output = gpu.tensor([layer.queries, layer.heads * layer.headWidth], 'output');
  const statistics = gpu.tensor([layer.heads, layer.queries, 2], 'statistics');
  await gpu.submit('attention', (recorder) => attention(recorder, layer, { output, statistics }));
  return { layer, statistics, held: [output, statistics] };
}

/** A text of few tokens, which come again; every seventh is special. */
function tokensOf({ layer }: Case): { queries: MetricToken[]; keys: MetricToken[]; tensor: GpuTensor } {
  const make = (count: number, from: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: ((i + from) * (i + from + 3)) % 11,
      special: (i + from) % 7 === 0,
    }));
  const keys = make(layer.keys, 0);
  const queries = make(layer.queries, layer.firstQuery);
  const words = metricTokens(queries, keys, layer.firstQuery);
  return { queries, keys, tensor: gpu.tensorFrom(new Float32Array(words.buffer), [words.length], 'tokens') };
}

async function weights(
  attended: AttendedLayer,
  rectangle: Rectangle,
  tile = SOFTWARE_TILE,
): Promise<Float32Array> {
  const [rows, columns] = [rectangle.rows, rectangle.columns].map(([from, to]) => to - from) as [
    number,
    number,
  ];
  const target = guarded(gpu, [rectangle.heads, rows, columns]);
  await gpu.submit('weights', (recorder) =>
    attentionWeights(recorder, attended, rectangle, target.tensor, tile),
  );
  const values = await target.read();
  target.release();
  return values;
}

/** A rectangle of a row-major pattern [H, T, S]. */
function cut(pattern: ArrayLike<number>, { layer }: AttendedLayer, rectangle: Rectangle): number[] {
  const result: number[] = [];
  for (let h = rectangle.headFrom; h < rectangle.headFrom + rectangle.heads; h++)
    for (let t = rectangle.rows[0]; t < rectangle.rows[1]; t++)
      for (let s = rectangle.columns[0]; s < rectangle.columns[1]; s++)
        result.push(pattern[(h * layer.queries + t) * layer.keys + s] ?? Number.NaN);
  return result;
}

describe.each([
  ['the software tile', SOFTWARE_TILE],
  ['the GPU tile', GPU_TILE],
])('attention patterns with %s', (_tile, tile) => {
  test.each(Object.entries(CASES))('%s', async (_name, make) => {
    const it = make(gpu);
    const attended = await attend(it);
    const pattern = await weights(attended, wholePattern(it.layer), tile);
    const largestScore = Math.max(
      1,
      ...referenceScores(it.layer, it.values).filter(Number.isFinite).map(Math.abs),
    );
    const exact = referenceWeights(it.layer, it.values);
    expect(largestDifference(pattern, exact)).toBeLessThanOrEqual(1e-6 + 4e-7 * largestScore);
    for (let row = 0; row < pattern.length; row += it.layer.keys) {
      const isSeen = exact.subarray(row, row + it.layer.keys).some((weight) => weight > 0);
      const sum = pattern.subarray(row, row + it.layer.keys).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - (isSeen ? 1 : 0))).toBeLessThanOrEqual(1e-5);
    }
    [...it.held, ...attended.held].forEach((tensor) => gpu.release(tensor));
  });

  test.each(Object.entries(CASES))('metrics: %s', async (_name, make) => {
    const it = make(gpu);
    const attended = await attend(it);
    const target = guarded(gpu, [it.layer.heads, 8]);
    const { queries, keys, tensor } = tokensOf(it);
    await gpu.submit('metrics', (recorder) =>
      attentionMetrics(recorder, attended, tensor, target.tensor, tile),
    );
    const largestScore = Math.max(
      1,
      ...referenceScores(it.layer, it.values).filter(Number.isFinite).map(Math.abs),
    );
    const bound = (1e-5 + 4e-7 * largestScore) * it.layer.keys;
    const exact = referenceWeights(it.layer, it.values);
    const expected = referenceMetrics(exact, queries, keys, it.layer.firstQuery);
    // Where no query counts, the kernel says -1.
    const means = expected.map((mean) => (Number.isNaN(mean) ? -1 : mean));
    expect(largestDifference(await target.read(), means)).toBeLessThanOrEqual(bound);
    gpu.release(tensor);
    target.release();
    [...it.held, ...attended.held].forEach((tensor) => gpu.release(tensor));
  });
});

describe('tiles on demand', () => {
  test('any rectangle of any head has the bits of the whole pattern', async () => {
    const it = packedCase(gpu, { tokens: 53, heads: 4, headWidth: 8 });
    const attended = await attend(it);
    const pattern = await weights(attended, wholePattern(it.layer));
    const rectangles: Rectangle[] = [
      { headFrom: 1, heads: 2, rows: [0, 53], columns: [0, 53] },
      { headFrom: 3, heads: 1, rows: [17, 18], columns: [0, 53] },
      { headFrom: 0, heads: 4, rows: [50, 53], columns: [3, 5] },
      { headFrom: 2, heads: 1, rows: [7, 41], columns: [13, 29] },
      { headFrom: 0, heads: 1, rows: [0, 9], columns: [30, 53] },
    ];
    for (const rectangle of rectangles)
      expect([...(await weights(attended, rectangle))]).toEqual(cut(pattern, attended, rectangle));
    [...it.held, ...attended.held].forEach((tensor) => gpu.release(tensor));
  });

  test('on a slow device, patterns and metrics in pieces have the same bits', async () => {
    const it = packedCase(gpu, { tokens: 301, heads: 3, headWidth: 8 });
    const attended = await attend(it);
    const run = async () => {
      const metrics = guarded(gpu, [3, 8]);
      const { tensor } = tokensOf(it);
      await gpu.submit('metrics', (recorder) => attentionMetrics(recorder, attended, tensor, metrics.tensor));
      gpu.release(tensor);
      const values = await metrics.read();
      metrics.release();
      return { metrics: values, pattern: await weights(attended, wholePattern(it.layer)) };
    };
    const whole = await run();
    expect(await asIfSlow(gpu, run)).toEqual(whole);
    [...it.held, ...attended.held].forEach((tensor) => gpu.release(tensor));
  });

  test.each([
    [53, 0, 53, 7, 7],
    [53, 0, 53, 53, 11],
    [53, 20, 51, 30, 1],
    [2203, 0, 2203, 19, 100],
  ])('%i tokens, rows and columns %i to %i in %i × %i cells', async (tokens, from, to, height, width) => {
    const it = packedCase(gpu, { tokens, heads: 3, headWidth: 4 });
    const attended = await attend(it);
    const rectangle: Rectangle = { headFrom: 1, heads: 2, rows: [from, to], columns: [from, to] };
    const exact = cut(await weights(attended, wholePattern(it.layer)), attended, rectangle);
    const span = to - from;
    for (const pool of ['max', 'mean'] as const) {
      const target = guarded(gpu, [2, height, width]);
      const size = { height, width, pool };
      await gpu.submit('tiles', (recorder) =>
        attentionTiles(recorder, attended, rectangle, size, target.tensor),
      );
      const cells = await target.read();
      const expected = [0, 1].flatMap((head) => [
        ...referencePool(exact.slice(head * span * span, (head + 1) * span * span), [span, span], size),
      ]);
      // The mean of some thousand numbers loses a little in f32; a maximum nothing.
      expect(largestDifference(cells, expected)).toBeLessThanOrEqual(pool === 'max' ? 0 : 1e-5);
      target.release();
    }
    [...it.held, ...attended.held].forEach((tensor) => gpu.release(tensor));
  });

  test('rectangles outside the pattern and more cells than weights are refused', async () => {
    const it = packedCase(gpu, { tokens: 8, heads: 2, headWidth: 4 });
    const attended = await attend(it);
    const target = gpu.tensor([1, 8, 8], 'cells');
    const record = (rectangle: Partial<Rectangle>, height = 8, width = 8) =>
      gpu.submit('tiles', (recorder) =>
        attentionTiles(
          recorder,
          attended,
          { headFrom: 0, heads: 1, rows: [0, 8], columns: [0, 8], ...rectangle },
          { height, width, pool: 'max' },
          target,
        ),
      );
    await expect(record({ headFrom: 2 })).rejects.toThrow(/heads 2 to 3/);
    await expect(record({ rows: [1, 9] })).rejects.toThrow(/rows 1 to 9/);
    await expect(record({ columns: [-1, 7] })).rejects.toThrow(/columns -1 to 7/);
    await expect(record({}, 9)).rejects.toThrow(/9 × 8 cells/);
    await expect(record({}, 8, 0)).rejects.toThrow(/8 × 0 cells/);
    [...it.held, ...attended.held, target].forEach((tensor) => gpu.release(tensor));
  });
});
