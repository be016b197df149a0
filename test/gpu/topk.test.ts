import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/renderer/gpu/tensor.ts';
import { topK } from '../../src/renderer/kernels/analysis/topk.ts';
import { referenceTopK } from '../../src/renderer/kernels/analysis/topk.reference.ts';
import { guarded, random } from './attention/guarded.ts';
import { testGpu } from '../helpers/gpu.ts';

const gpu = await testGpu();

/** Runs and compares: places and values exactly, shares within 1e-6. */
async function compare(values: Float32Array<ArrayBuffer>, rows: number, k: number): Promise<void> {
  const columns = values.length / rows;
  const tensor = gpu.tensorFrom(values, [rows, columns], 'values');
  const target = guarded(gpu, [rows, k, 3]);
  await gpu.submit('top', (recorder) => topK(recorder, tensor, k, target.tensor));
  const result = await target.read();
  for (let row = 0; row < rows; row++)
    referenceTopK(values.subarray(row * columns, (row + 1) * columns), k).forEach(
      ({ column, value, share }, i) => {
        const at = (row * k + i) * 3;
        expect([result[at], result[at + 1]]).toEqual([column, value]);
        expect(Math.abs((result[at + 2] ?? Number.NaN) - share)).toBeLessThanOrEqual(1e-6);
      },
    );
  target.release();
  gpu.release(tensor);
}

describe('top k', () => {
  test.each([
    [1, 1, 1],
    [3, 5, 5],
    [2, 63, 8],
    [2, 64, 9],
    [7, 65, 33],
    [5, 1000, 10],
    [1, 50_257, 10],
    [2, 300, 128],
  ])('%i rows of %i, the best %i', async (rows, columns, k) => {
    await compare(random(rows * columns, 12, columns), rows, k);
  });

  test('equal values come by their place', async () => {
    await compare(
      Float32Array.from({ length: 400 }, (_, i) => (i * 7) % 5),
      2,
      20,
    );
    await compare(new Float32Array(200), 1, 20);
  });

  test('logits of ±1e4 and ascending or descending rows', async () => {
    await compare(random(3 * 500, 1e4), 3, 12);
    await compare(
      Float32Array.from({ length: 777 }, (_, i) => i / 10),
      1,
      12,
    );
    await compare(
      Float32Array.from({ length: 777 }, (_, i) => -i / 10),
      1,
      12,
    );
  });

  test('one row of many, whose place is not aligned', async () => {
    const values = random(9 * 77, 5);
    const tensor = gpu.tensorFrom(values, [9, 77], 'logits');
    const target = gpu.tensor([1, 6, 3], 'top');
    await gpu.submit('top', (recorder) => topK(recorder, rowsOf(tensor, 4, 5), 6, target));
    const top = await gpu.read(target);
    const expected = referenceTopK(values.subarray(4 * 77, 5 * 77), 6);
    expect(expected.map((_, i) => [top[i * 3], top[i * 3 + 1]])).toEqual(
      expected.map(({ column, value }) => [column, value]),
    );
    [tensor, target].forEach((it) => gpu.release(it));
  });

  test.each([NaN, Infinity])('a row with %d has no shares; −∞ has a share of 0', async (value) => {
    // NaN at the start, the middle and the end of rows; the last row is whole.
    const values = random(4 * 300, 5);
    for (const [row, column] of [0, 130, 299].entries()) values[row * 300 + column] = value;
    values[3 * 300 + 7] = -Infinity;
    const tensor = gpu.tensorFrom(values, [4, 300], 'logits');
    const target = gpu.tensor([4, 5, 3], 'top');
    await gpu.submit('top', (recorder) => topK(recorder, tensor, 5, target));
    const top = await gpu.read(target);
    const shares = Array.from({ length: 20 }, (_, i) => top[i * 3 + 2]);
    expect(shares.slice(0, 15).every(Number.isNaN)).toBe(true);
    referenceTopK(values.subarray(900), 5).forEach(({ share }, i) =>
      expect(shares[15 + i]).toBeCloseTo(share, 6),
    );
    [tensor, target].forEach((it) => gpu.release(it));
  });

  test('asking for more than there is, or into room of another shape, is refused', async () => {
    const tensor = gpu.tensorFrom(Float32Array.of(1, 3, 2), [1, 3], 'logits');
    const target = gpu.tensor([1, 4, 3], 'top');
    await expect(gpu.submit('top', (recorder) => topK(recorder, tensor, 4, target))).rejects.toThrow(
      /4 largest of 3/,
    );
    await expect(gpu.submit('top', (recorder) => topK(recorder, tensor, 2, target))).rejects.toThrow(
      /into \[1, 4, 3\]/,
    );
    [tensor, target].forEach((it) => gpu.release(it));
  });
});
