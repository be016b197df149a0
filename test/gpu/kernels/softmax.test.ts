import { describe, expect, test } from 'vitest';
import { ROW_MODES, type RowMode } from '../../../src/renderer/kernels/rows/rows.ts';
import { softmax } from '../../../src/renderer/kernels/rows/softmax.ts';
import { referenceSoftmax } from '../../../src/renderer/kernels/rows/softmax.reference.ts';
import { guarded, largestGap, randomValues, shifted, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

describe.each(Object.keys(ROW_MODES) as RowMode[])('by %s', (mode) => {
  const run = async (x: Float32Array<ArrayBuffer>, rows: number, width: number) => {
    const out = guarded(gpu, [rows, width]);
    const input = shifted(gpu, x, [rows, width]);
    await gpu.submit('test', (recorder) => softmax(recorder, input, out.tensor, mode));
    gpu.release(input);
    return out.read();
  };

  test.each([
    [1, 1, 1],
    [3, 7, 10],
    [65, 33, 100],
    [2, 1000, 10_000],
    [300, 256, 1],
    [1, 50257, 20],
  ])('%i rows of %i, scores up to ±%i', async (rows, width, size) => {
    const x = randomValues(rows * width, 7).map((value) => value * size);
    const values = await run(x, rows, width);
    expect(largestGap(values, referenceSoftmax(x, width))).toBeLessThanOrEqual(1e-6);
    for (let row = 0; row < rows; row++) {
      const sum = values.subarray(row * width, (row + 1) * width).reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 1)).toBeLessThanOrEqual(1e-5);
    }
  });

  test('scores of ±1e4 side by side', async () => {
    const x = Float32Array.from([1e4, -1e4, 1e4, 0, -1e4, -1e4, -1e4, -1e4]);
    expect([...(await run(x, 2, 4))]).toEqual([0.5, 0, 0.5, 0, 0.25, 0.25, 0.25, 0.25]);
  });

  test('masked scores weigh nothing; a fully masked row is all zeros', async () => {
    const x = Float32Array.from([-Infinity, 2, -Infinity, -Infinity, -Infinity, -Infinity]);
    expect([...(await run(x, 2, 3))]).toEqual([0, 1, 0, 0, 0, 0]);
  });

  test('adding a constant changes nothing', async () => {
    const x = randomValues(5 * 40, 9).map((value) => Math.fround(Math.round(value * 64) / 8));
    const moved = x.map((value) => value + 512);
    expect(await run(moved, 5, 40)).toEqual(await run(x, 5, 40));
  });
});
