/** The kernels behind principal components, one by one against float64. */
import { describe, expect, test } from 'vitest';
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import { centre, columnMeans, padded } from '../../../src/renderer/kernels/rows/column-means.ts';
import {
  referenceCentre,
  referenceColumnMeans,
} from '../../../src/renderer/kernels/rows/column-means.reference.ts';
import { gram } from '../../../src/renderer/kernels/analysis/gram.ts';
import { referenceGram } from '../../../src/renderer/kernels/analysis/gram.reference.ts';
import { combineRows, normalizeAxes, project } from '../../../src/renderer/kernels/analysis/projection.ts';
import {
  referenceAxis,
  referenceProject,
} from '../../../src/renderer/kernels/analysis/projection.reference.ts';
import {
  BLOCK,
  orthonormalize,
  rayleigh,
  rotate,
  symmetricProduct,
} from '../../../src/renderer/kernels/analysis/subspace.ts';
import {
  referenceOrthonormal,
  referenceProduct,
  referenceQuotients,
  referenceRotate,
} from '../../../src/renderer/kernels/analysis/subspace.reference.ts';
import { guarded, largestDifference, random } from '../attention/guarded.ts';
import { testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();
const held: GpuTensor[] = [];

function upload(values: Float32Array<ArrayBuffer>, shape: readonly number[]): GpuTensor {
  const tensor = gpu.tensorFrom(values, shape, 'test');
  held.push(tensor);
  return tensor;
}

/** Runs with a guarded output of a shape and reads it. */
async function output(
  shape: readonly number[],
  record: (recorder: Parameters<Parameters<Gpu['submit']>[1]>[0], target: GpuTensor) => void,
): Promise<Float32Array> {
  const target = guarded(gpu, shape);
  await gpu.submit('test', (recorder) => record(recorder, target.tensor));
  const values = await target.read();
  target.release();
  held.splice(0).forEach((tensor) => gpu.release(tensor));
  return values;
}

/** Columns of a row-major matrix as lists. */
const columnsOf = (matrix: ArrayLike<number>, columns: number) =>
  Array.from({ length: columns }, (_, column) =>
    Array.from({ length: matrix.length / columns }, (_unused, row) => matrix[row * columns + column] ?? 0),
  );

describe('column means and centring', () => {
  test.each([
    [1, 1],
    [5, 3],
    [64, 65],
    [130, 7],
    [1000, 70],
  ])('%i × %i', async (rows, columns) => {
    const values = random(rows * columns, 3, rows);
    const whole = upload(values, [rows, columns]);
    // Rows of other alignment, as two parts.
    const parts = rows > 2 ? [rowsOf(whole, 0, 2), rowsOf(whole, 2, rows)] : [whole];
    const means = await output([columns], (recorder, target) => columnMeans(recorder, parts, target));
    expect(largestDifference(means, referenceColumnMeans(values, columns))).toBeLessThanOrEqual(2e-6);
  });

  test('rows less their means, padded with zeros', async () => {
    const [rows, columns] = [11, 5];
    const values = random(rows * columns, 2);
    const means = upload(Float32Array.from(referenceColumnMeans(values, columns)), [columns]);
    const whole = upload(values, [rows, columns]);
    const centred = gpu.tensor([padded(rows), padded(columns)], 'centred');
    held.push(centred);
    gpu.upload(centred, new Float32Array(16 * 8).fill(Number.NaN));
    await gpu.submit('test', (recorder) =>
      centre(recorder, [rowsOf(whole, 0, 3), rowsOf(whole, 3, rows)], means, centred),
    );
    const result = await gpu.read(centred);
    held.splice(0).forEach((tensor) => gpu.release(tensor));
    const expected = referenceCentre(values, columns);
    result.forEach((value, at) => {
      const [row, column] = [Math.floor(at / 8), at % 8];
      const exact = row < rows && column < columns ? (expected[row * columns + column] ?? 0) : 0;
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(1e-6);
    });
  });
});

describe('inner products', () => {
  test.each([
    [8, 8],
    [8, 40],
    [72, 16],
    [104, 136],
  ])('of columns and of rows of %i × %i', async (rows, columns) => {
    for (const of of ['columns', 'rows'] as const) {
      const values = random(rows * columns, 1, rows + columns);
      const matrix = upload(values, [rows, columns]);
      const side = of === 'columns' ? columns : rows;
      const result = await output([side, side], (recorder, target) => gram(recorder, matrix, of, target));
      expect(largestDifference(result, referenceGram(values, rows, columns, of))).toBeLessThanOrEqual(
        4 * Math.sqrt(rows + columns) * 2 ** -24 * (rows + columns),
      );
      for (let i = 0; i < side; i++)
        for (let j = 0; j < i; j++) expect(result[i * side + j]).toBe(result[j * side + i]);
    }
  });

  test('sides that are no multiple of 8 are refused', async () => {
    const [matrix, target] = [gpu.tensor([8, 12], 'm'), gpu.tensor([12, 12], 't')];
    await expect(gpu.submit('test', (recorder) => gram(recorder, matrix, 'columns', target))).rejects.toThrow(
      /\[8, 12\]/,
    );
    [matrix, target].forEach((tensor) => gpu.release(tensor));
  });
});

describe('subspace iteration', () => {
  const side = 136;
  const vectors = random(side * BLOCK, 1, 5);
  const lower = random(side * side, 1, 6);
  const matrix = lower.map((_, at) => {
    const [i, j] = [Math.floor(at / side), at % side];
    return lower[Math.max(i, j) * side + Math.min(i, j)] ?? 0;
  });

  test.each([true, false])('a symmetric matrix times 8 vectors (software: %s)', async (isSoftware) => {
    const [a, v] = [upload(matrix, [side, side]), upload(vectors, [side, BLOCK])];
    const result = await output([side, BLOCK], (recorder, target) =>
      symmetricProduct(recorder, a, v, target, isSoftware),
    );
    const expected = referenceProduct(matrix, columnsOf(vectors, BLOCK));
    columnsOf(result, BLOCK).forEach((column, k) =>
      expect(largestDifference(column, expected[k] ?? [])).toBeLessThanOrEqual(1e-5),
    );
  });

  test.each([true, false])('Gram-Schmidt; what depends becomes 0 (software: %s)', async (isSoftware) => {
    const dependent = vectors.map((value, at) => {
      const row = at - (at % BLOCK);
      if (at % BLOCK === 3) return (vectors[row] ?? 0) - 2 * (vectors[row + 1] ?? 0);
      return at % BLOCK === 6 ? 0 : value;
    });
    const tensor = upload(dependent, [side, BLOCK]);
    await gpu.submit('test', (recorder) => orthonormalize(recorder, tensor, isSoftware));
    const result = columnsOf(await gpu.read(tensor), BLOCK);
    held.splice(0).forEach((it) => gpu.release(it));
    const expected = referenceOrthonormal(columnsOf(dependent, BLOCK));
    expect(expected[3]?.every((value) => value === 0)).toBe(true);
    result.forEach((column, k) =>
      expect(largestDifference(column, expected[k] ?? [])).toBeLessThanOrEqual(2e-5),
    );
  });

  test('quotients and the trace', async () => {
    const product = random(side * BLOCK, 1, 8);
    const [a, v, w] = [
      upload(matrix, [side, side]),
      upload(vectors, [side, BLOCK]),
      upload(product, [side, BLOCK]),
    ];
    const result = await output([65], (recorder, target) => rayleigh(recorder, a, v, w, target));
    const trace = matrix.reduce((sum, value, at) => (at % (side + 1) === 0 ? sum + value : sum), 0);
    const expected = referenceQuotients(columnsOf(vectors, BLOCK), columnsOf(product, BLOCK));
    expect(largestDifference(result, [...expected, trace])).toBeLessThanOrEqual(2e-5);
  });

  test('rotation into three', async () => {
    const rotation = random(3 * BLOCK, 1, 9);
    const [v, r] = [upload(vectors, [side, BLOCK]), upload(rotation, [3, BLOCK])];
    const result = columnsOf(
      await output([side, 4], (recorder, target) => rotate(recorder, v, r, target)),
      4,
    );
    const rows = [0, 1, 2].map((k) => [...rotation.subarray(k * BLOCK, (k + 1) * BLOCK)]);
    const expected = referenceRotate(columnsOf(vectors, BLOCK), rows);
    expected.forEach((column, k) =>
      expect(largestDifference(result[k] ?? [], column)).toBeLessThanOrEqual(1e-5),
    );
    expect(result[3]?.every((value) => value === 0)).toBe(true);
  });
});

describe('axes and projection', () => {
  test('weighted sums of rows', async () => {
    const [rows, columns] = [17, 70];
    const [matrix, weights] = [random(rows * columns, 1, 2), random(rows * 4, 1, 3)];
    const [m, w] = [upload(matrix, [rows, columns]), upload(weights, [rows, 4])];
    const result = columnsOf(
      await output([columns, 4], (recorder, target) => combineRows(recorder, m, w, target)),
      4,
    );
    const expected = referenceRotate(
      Array.from({ length: rows }, (_, row) => [...matrix.subarray(row * columns, (row + 1) * columns)]),
      columnsOf(weights, 4),
    );
    expected.forEach((column, k) =>
      expect(largestDifference(result[k] ?? [], column)).toBeLessThanOrEqual(1e-5),
    );
  });

  test('unit length, the largest entry positive, and 0 stays 0', async () => {
    const columns = 67;
    const values = random(columns * 4, 5, 11).map((value, at) => (at % 4 === 2 ? 0 : value));
    values[4 * 40] = -9;
    values[4 * 12 + 1] = 9;
    const axes = upload(values, [columns, 4]);
    await gpu.submit('test', (recorder) => normalizeAxes(recorder, axes));
    const result = columnsOf(await gpu.read(axes), 4);
    held.splice(0).forEach((it) => gpu.release(it));
    columnsOf(values, 4).forEach((axis, k) =>
      expect(largestDifference(result[k] ?? [], referenceAxis(axis))).toBeLessThanOrEqual(1e-6),
    );
    expect(result[0]?.[40]).toBeGreaterThan(0);
  });

  test.each([
    [1, 1],
    [65, 3],
    [131, 77],
  ])('places of %i rows of %i', async (rows, columns) => {
    const [values, means, axes] = [random(rows * columns), random(columns, 1, 2), random(columns * 4, 1, 3)];
    const [source, m, a] = [
      upload(values, [rows, columns]),
      upload(means, [columns]),
      upload(axes, [columns, 4]),
    ];
    const result = await output([rows, 3], (recorder, target) => project(recorder, source, m, a, target));
    const expected = referenceProject(values, means, columnsOf(axes, 4).slice(0, 3));
    expect(largestDifference(result, expected)).toBeLessThanOrEqual(2e-5);
  });
});
