import { describe, expect, test } from 'vitest';
import { BINS, tensorStatistics } from '../../../src/renderer/analysis/tensor-statistics.ts';
import { cosines } from '../../../src/renderer/kernels/analysis/cosine.ts';
import { referenceCosines } from '../../../src/renderer/kernels/analysis/cosine.reference.ts';
import { referenceHistogram } from '../../../src/renderer/kernels/analysis/histogram.reference.ts';
import { referenceMoments } from '../../../src/renderer/kernels/analysis/moments.reference.ts';
import { guarded, largestDifference, random } from '../attention/guarded.ts';
import { testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

describe('cosines', () => {
  test.each([
    [1, 1],
    [70, 5],
    [33, 129],
  ])('cosines of %i rows of %i', async (rows, columns) => {
    const values = random(rows * columns, 3, rows);
    // A row of zeros has no direction.
    if (rows > 2) values.fill(0, 2 * columns, 3 * columns);
    const vector = random(columns, 1, 2);
    const [matrix, v] = [
      gpu.tensorFrom(values, [rows, columns], 'm'),
      gpu.tensorFrom(vector, [columns], 'v'),
    ];
    const target = guarded(gpu, [rows]);
    await gpu.submit('cosines', (recorder) => cosines(recorder, matrix, v, target.tensor));
    expect(largestDifference(await target.read(), referenceCosines(values, vector))).toBeLessThanOrEqual(
      2e-6,
    );
    target.release();
    [matrix, v].forEach((tensor) => gpu.release(tensor));
  });

  test('a row that holds NaN or an infinity has no direction, and others keep theirs', async () => {
    const values = Float32Array.of(1, 0, NaN, 1, 0, Infinity, 0, 2);
    const held = [
      gpu.tensorFrom(values, [4, 2], 'm'),
      gpu.tensorFrom(Float32Array.of(0, 3), [2], 'v'),
      gpu.tensor([4], 'cosines'),
    ] as const;
    const [matrix, vector, target] = held;
    await gpu.submit('cosines', (recorder) => cosines(recorder, matrix, vector, target));
    expect([...(await gpu.read(target))]).toEqual([0, NaN, NaN, 1]);
    expect([...referenceCosines(values, [0, 3])]).toEqual([0, NaN, NaN, 1]);
    for (const tensor of held) gpu.release(tensor);
  });
});

describe('statistics of a tensor', () => {
  const { signal } = new AbortController();
  /** The values in pieces of three sizes. */
  const pieces = (values: Float32Array<ArrayBuffer>) =>
    async function* () {
      await Promise.resolve();
      for (const [from, to] of [
        [0, 5],
        [5, 5],
        [5, 70_000],
        [70_000, Infinity],
      ] as const)
        yield values.slice(from, to);
    };
  const measure = (values: Float32Array<ArrayBuffer>) =>
    tensorStatistics(gpu, pieces(values), values.length, { signal });

  test.each([3, 100, 140_003])('%i values', async (count) => {
    const values = random(count, 4, count).map((value) => (value > 1.9 ? 0 : value + 0.5));
    const [sum, , zeros] = referenceMoments(values, 0);
    const mean = sum / count;
    const [, squares] = referenceMoments(values, mean);
    const found = await measure(values);
    expect(found).toMatchObject({ count, zeros, nan: 0, infinite: 0 });
    const sorted = values.toSorted();
    const ends = [sorted[0], sorted.at(-1)];
    expect([found.least, found.largest]).toEqual(ends);
    expect(Math.abs(found.mean - mean)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(mean));
    expect(Math.abs(found.std - Math.sqrt(squares / count))).toBeLessThanOrEqual(1e-5);
    const reference = referenceHistogram(values, [found.least, found.largest], BINS);
    // A value may lie on the edge of a bin by rounding.
    const differences = [...found.bins].map((bin, i) => Math.abs(bin - (reference[i] ?? 0)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(2);
    expect(found.bins.reduce((a, b) => a + b, 0)).toBe(count);
  });

  test('what is not finite is counted beside the others', async () => {
    const found = await measure(Float32Array.of(1, Number.NaN, 5, -Infinity, 3, Infinity, 5, 0, 2));
    expect(found).toMatchObject({ count: 9, nan: 1, infinite: 2, zeros: 1, least: 0, largest: 5 });
    expect(found.mean).toBeCloseTo(16 / 6, 5);
  });

  test('values that are all the same, none that is finite, and none', async () => {
    expect(await measure(new Float32Array(50).fill(-7))).toMatchObject({
      count: 50,
      least: -7,
      largest: -7,
      mean: -7,
      std: 0,
    });
    const none = await measure(Float32Array.of(Number.NaN, Infinity, -Infinity));
    expect(none).toMatchObject({ count: 3, nan: 1, infinite: 2, least: NaN, mean: NaN });
    expect(await measure(new Float32Array())).toMatchObject({ count: 0, nan: 0 });
  });

  test('given up, nothing stays on the GPU', async () => {
    const before = gpu.memory().scratch;
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    const given = tensorStatistics(gpu, pieces(new Float32Array(9)), 9, { signal: abort.signal });
    await expect(given).rejects.toThrow('enough');
    expect(gpu.memory().scratch).toBe(before);
  });
});
