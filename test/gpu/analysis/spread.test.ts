import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHistogram } from '../../../src/renderer/analysis/histogram.ts';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { cosines } from '../../../src/renderer/kernels/analysis/cosine.ts';
import { referenceCosines } from '../../../src/renderer/kernels/analysis/cosine.reference.ts';
import { referenceHistogram } from '../../../src/renderer/kernels/analysis/histogram.reference.ts';
import { guarded, largestDifference, random } from '../attention/guarded.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.create({ onError: (error) => expect.unreachable(error.message) });
});
afterAll(() => gpu.destroy());

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

describe('histogram', () => {
  test.each([
    [1, 4],
    [100, 10],
    [70_001, 33],
  ])('%i values in %i bins', async (count, bins) => {
    // Multiples of 1/64: no value lies on the edge of a bin by rounding.
    const values = random(count, 4, count).map((value) => Math.round(value * 64) / 64 + 1 / 128);
    const tensor = gpu.tensorFrom(values, [count], 'values');
    const range = [-2, 3] as const;
    const { counts, below, above, notANumber } =
      (await readHistogram(gpu, tensor, bins, range)) ?? expect.unreachable();
    expect([...counts, below, above, notANumber]).toEqual(referenceHistogram(values, range, bins));
    gpu.release(tensor);
  });

  test('over the finite values, with what is not finite beside them', async () => {
    const values = Float32Array.of(1, Number.NaN, 5, -Infinity, 3, Infinity, 5, 1, 2);
    const tensor = gpu.tensorFrom(values, [9], 'values');
    const { range, counts, ...rest } = (await readHistogram(gpu, tensor, 4)) ?? expect.unreachable();
    expect(range).toEqual([1, 5]);
    expect([...counts]).toEqual([2, 1, 1, 2]);
    expect(rest).toEqual({ below: 1, above: 1, notANumber: 1 });
    gpu.release(tensor);
  });

  test('values that are all the same, and none that is finite', async () => {
    const same = gpu.tensorFrom(new Float32Array(50).fill(-7), [50], 'same');
    const histogram = (await readHistogram(gpu, same, 5)) ?? expect.unreachable();
    expect(histogram.range).toEqual([-7, -7]);
    expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(50);
    const none = gpu.tensorFrom(Float32Array.of(Number.NaN, Infinity), [2], 'none');
    expect(await readHistogram(gpu, none, 5)).toBeNull();
    for (const range of [
      [1, Number.NaN],
      [3, -2],
    ] as const)
      await expect(readHistogram(gpu, same, 5, range)).rejects.toThrow(RangeError);
    [same, none].forEach((tensor) => gpu.release(tensor));
  });
});
