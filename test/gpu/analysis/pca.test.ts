import { describe, expect, test } from 'vitest';
import { pca } from '../../../src/renderer/analysis/pca.ts';
import { symmetricEigen } from '../../../src/renderer/analysis/symmetric-eigen.ts';
import {
  referenceCentre,
  referenceColumnMeans,
} from '../../../src/renderer/kernels/rows/column-means.reference.ts';
import { referenceGram } from '../../../src/renderer/kernels/analysis/gram.reference.ts';
import {
  referenceAxis,
  referenceProject,
} from '../../../src/renderer/kernels/analysis/projection.reference.ts';
import { largestDifference, random } from '../attention/guarded.ts';
import { testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

/** Rows [N, D] that vary in many directions, each less than the one before by a factor. */
function fading(rows: number, columns: number, factor: number, seed = 1): Float32Array<ArrayBuffer> {
  const directions = Math.min(rows, columns);
  const along = random(directions * columns, 1, seed);
  const amounts = random(rows * directions, 1, seed + 1);
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < directions; k++)
      for (let column = 0; column < columns; column++)
        matrix[row * columns + column] =
          (matrix[row * columns + column] ?? 0) +
          (amounts[row * directions + k] ?? 0) * factor ** k * (along[k * columns + column] ?? 0);
  // Hidden states are not centred.
  return matrix.map((value, at) => value + 3 * Math.sin(at % columns));
}

/** PCA in float64: all eigenvectors of the covariance by Jacobi's method. */
function reference(matrix: Float32Array, columns: number) {
  const rows = matrix.length / columns;
  const centred = referenceCentre(matrix, columns);
  const { values, vectors } = symmetricEigen(referenceGram(centred, rows, columns, 'columns'), columns);
  const total = values.reduce((a, b) => a + b, 0);
  const axes = [0, 1, 2].map((k) => referenceAxis([...(vectors[k] ?? new Array<number>(columns).fill(0))]));
  return {
    explained: [0, 1, 2].map((k) => (total > 0 ? (values[k] ?? 0) / total : 0)),
    points: referenceProject(matrix, referenceColumnMeans(matrix, columns), axes),
  };
}

async function run(matrix: Float32Array<ArrayBuffer>, columns: number, split: readonly number[] = []) {
  const ends = [...split, matrix.length / columns];
  const parts = ends.map((end, index) => {
    const part = matrix.slice((ends[index - 1] ?? 0) * columns, end * columns);
    return gpu.tensorFrom(part, [part.length / columns, columns], 'rows');
  });
  const result = await pca(gpu, parts);
  const points = await gpu.read(result.points);
  const { explained } = result;
  result.release();
  parts.forEach((part) => gpu.release(part));
  return { points, explained };
}

const scaleOf = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));

describe('principal components', () => {
  test.each([
    [40, 12, 0.6],
    [13, 40, 0.6],
    [64, 64, 0.8],
    [200, 33, 0.8],
    [33, 200, 0.8],
    [9, 3, 0.5],
    [4, 17, 0.5],
  ])('%i rows of %i, fading by %f', async (rows, columns, factor) => {
    const matrix = fading(rows, columns, factor);
    const { points, explained } = await run(matrix, columns);
    const expected = reference(matrix, columns);
    expect(largestDifference(explained, expected.explained)).toBeLessThanOrEqual(1e-5);
    expect(largestDifference(points, expected.points)).toBeLessThanOrEqual(2e-3 * scaleOf(expected.points));
  });

  test('rows without any preferred direction still explain as much as the best axes', async () => {
    const matrix = random(300 * 50, 1, 9);
    const { explained } = await run(matrix, 50);
    const expected = reference(matrix, 50);
    for (const k of [0, 1, 2] as const)
      expect(explained[k]).toBeGreaterThanOrEqual(0.98 * (expected.explained[k] ?? 1));
  });

  test('one direction that outweighs all others', async () => {
    const matrix = fading(60, 24, 0.7).map((value, at) => (at % 24 === 5 ? value * 200 : value));
    const { points, explained } = await run(matrix, 24);
    const expected = reference(matrix, 24);
    expect(largestDifference(explained, expected.explained)).toBeLessThanOrEqual(1e-5);
    expect(largestDifference(points, expected.points)).toBeLessThanOrEqual(1e-3 * scaleOf(expected.points));
  });

  test('parts are taken as one matrix', async () => {
    const matrix = fading(50, 10, 0.6);
    const [parts, whole] = [await run(matrix, 10, [7, 8, 31]), await run(matrix, 10)];
    expect(largestDifference(parts.explained, whole.explained)).toBeLessThanOrEqual(1e-6);
    expect(largestDifference(parts.points, whole.points)).toBeLessThanOrEqual(1e-4);
  });

  test('twice the same rows give the same bits', async () => {
    const matrix = fading(70, 30, 0.7);
    expect(await run(matrix, 30)).toEqual(await run(matrix, 30));
  });

  test('one row, and equal rows, are at the origin', async () => {
    for (const rows of [1, 5]) {
      const row = random(12, 4);
      const matrix = Float32Array.from({ length: rows * 12 }, (_, at) => row[at % 12] ?? 0);
      const { points, explained } = await run(matrix, 12);
      expect(points.every((value) => Math.abs(value) <= 1e-5)).toBe(true);
      expect(explained).toEqual([0, 0, 0]);
    }
  });

  test('two rows lie on one axis, three on two', async () => {
    const two = await run(fading(2, 20, 0.9), 20);
    expect(two.explained[0]).toBeCloseTo(1, 5);
    expect(two.explained.slice(1)).toEqual([0, 0]);
    expect([two.points[1], two.points[2], two.points[4], two.points[5]]).toEqual([0, 0, 0, 0]);
    const three = await run(fading(3, 20, 0.9), 20);
    expect(three.explained[0] + three.explained[1]).toBeCloseTo(1, 5);
    expect(three.explained[2]).toBe(0);
    expect([three.points[2], three.points[5], three.points[8]]).toEqual([0, 0, 0]);
  });

  test.each([1, 2])('rows of %i values leave the other axes 0', async (columns) => {
    const { points, explained } = await run(fading(30, columns, 0.5), columns);
    expect(explained.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(explained.slice(columns)).toEqual(new Array(3 - columns).fill(0));
    points.forEach((value, at) => {
      if (at % 3 >= columns) expect(value).toBe(0);
    });
  });

  test('rows of different widths, and none at all, are refused', async () => {
    const [a, b] = [gpu.tensor([2, 3], 'a'), gpu.tensor([2, 4], 'b')];
    const before = gpu.memory();
    await expect(pca(gpu, [a, b])).rejects.toThrow(/2 × 3, 2 × 4/);
    await expect(pca(gpu, [])).rejects.toThrow(RangeError);
    await expect(pca(gpu, [a], AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    const after = gpu.memory();
    expect([after.activations, after.scratch]).toEqual([before.activations, before.scratch]);
    [a, b].forEach((tensor) => gpu.release(tensor));
  });
});
