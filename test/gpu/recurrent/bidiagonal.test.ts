import { describe, expect, test } from 'vitest';
import {
  bidiagonalRounds,
  largestSingularValue,
  recordBidiagonal,
} from '../../../src/renderer/kernels/analysis/bidiagonal.ts';
import {
  multiply,
  spectralNorm,
  type Dense,
} from '../../../src/renderer/kernels/recurrent/gradient.reference.ts';
import { recordRowNorms } from '../../../src/renderer/kernels/rows/row-norms.ts';
import { guarded, largestGap, randomValues, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

const random = (rows: number, columns: number, seed: number): Dense => ({
  rows,
  columns,
  values: Float64Array.from(randomValues(rows * columns, seed)),
});
const scaled = (matrix: Dense, by: number): Dense => ({
  ...matrix,
  values: matrix.values.map((x) => x * by),
});

describe('the largest singular value', () => {
  test.each<[string, Dense]>([
    ['one number', random(1, 1, 1)],
    ['a wide matrix', random(7, 61, 2)],
    ['a high matrix', random(130, 20, 3)],
    ['more columns than rounds', random(150, 150, 4)],
    ['rank 1', multiply(random(40, 1, 5), random(1, 40, 6))],
    ['rank 3', multiply(random(64, 3, 7), random(3, 64, 8))],
    ['tiny numbers', scaled(random(30, 30, 9), 1e-15)],
    ['zeros', scaled(random(9, 9, 10), 0)],
  ])('of %s', async (_name, matrix) => {
    const rounds = bidiagonalRounds(matrix.columns);
    const values = gpu.tensorFrom(Float32Array.from(matrix.values), [matrix.rows, matrix.columns], 'matrix');
    const right = gpu.tensor([rounds, matrix.columns], 'right vectors');
    const bands = guarded(gpu, [2 * rounds]);
    await gpu.submit('bidiagonal', (recorder) => recordBidiagonal(recorder, values, right, bands.tensor, 0));
    const band = await bands.read();
    const actual = largestSingularValue(band.subarray(0, rounds), band.subarray(rounds));
    const exact = spectralNorm({ ...matrix, values: Float64Array.from(matrix.values, Math.fround) });
    expect(Math.abs(actual - exact)).toBeLessThanOrEqual(1e-3 * exact);
    gpu.release(values);
    gpu.release(right);
  });
});

test('norms of rows neither vanish nor overflow', async () => {
  const scales = [1e-30, 1e-18, 1, 1e18, 1e30, 0];
  const width = 71;
  const x = Float32Array.from(
    scales.flatMap((scale) => [...randomValues(width, 11)].map((value) => value * scale)),
  );
  const norms = guarded(gpu, [scales.length]);
  const tensor = gpu.tensorFrom(x, [scales.length, width], 'rows');
  await gpu.submit('norms', (recorder) => recordRowNorms(recorder, tensor, norms.tensor));
  const actual = await norms.read();
  const exact = scales.map((_, row) => Math.hypot(...x.subarray(row * width, (row + 1) * width)));
  const relative = (values: ArrayLike<number>) =>
    Array.from(values, (value, row) => value / Math.max(scales[row] ?? 0, 1e-37));
  expect(largestGap(relative(actual), relative(exact))).toBeLessThan(1e-5);
  gpu.release(tensor);
});
