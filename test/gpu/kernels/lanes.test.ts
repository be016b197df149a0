import { expect, test } from 'vitest';
import { lanes } from '../../../src/renderer/kernels/analysis/lanes.ts';
import { referenceLanes } from '../../../src/renderer/kernels/analysis/lanes.reference.ts';
import { largestGap, testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

test.each([
  { steps: 1, units: 1, rows: 1, columns: 1 },
  { steps: 9, units: 5, rows: 5, columns: 9 },
  { steps: 100, units: 33, rows: 7, columns: 41 },
  { steps: 1000, units: 3, rows: 1, columns: 13 },
])('$units units × $steps steps in $rows × $columns cells', async ({ steps, units, rows, columns }) => {
  const values = Float32Array.from({ length: steps * units }, (_, i) => Math.sin(i * 12.9898) * 3);
  const order = Array.from({ length: units }, (_, i) => (i * 2 + 1) % units);
  const ranked = [...new Set(order)].length === units ? order : order.map((_, i) => units - 1 - i);
  const x = gpu.tensorFrom(values, [steps, units], 'x');
  const places = gpu.tensor([units], 'order');
  gpu.upload(places, Uint32Array.from(ranked));
  const cells = gpu.tensorFrom(new Float32Array(rows * columns + 2).fill(NaN), [rows * columns + 2], 'cells');
  const target = { buffer: cells.buffer, offset: 1, shape: [rows, columns] };
  for (const pool of ['largest', 'mean'] as const) {
    await gpu.submit('test', (recorder) => lanes(recorder, { x, order: places, cells: target, pool }));
    const read = await gpu.read(cells);
    const expected = referenceLanes(values, ranked, rows, columns, pool);
    expect(largestGap(read.subarray(1, -1), expected)).toBeLessThanOrEqual(pool === 'mean' ? 1e-5 : 0);
    // Nothing is written around them.
    expect([read[0], read.at(-1)]).toEqual([NaN, NaN]);
  }
  for (const tensor of [x, places, cells]) gpu.release(tensor);
});

test('more cells than values are refused', async () => {
  const x = gpu.tensor([4, 3], 'x');
  const order = gpu.tensor([3], 'order');
  const cells = gpu.tensor([4, 4], 'cells');
  await expect(
    gpu.submit('test', (recorder) => lanes(recorder, { x, order, cells, pool: 'mean' })),
  ).rejects.toThrow('3 of 3 units × 4 steps in 4 × 4 cells');
  for (const tensor of [x, order, cells]) gpu.release(tensor);
});

test('some of the units are shown alone', async () => {
  const values = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * 12.9898));
  const x = gpu.tensorFrom(values, [8, 5], 'x');
  const order = gpu.tensor([2], 'order');
  gpu.upload(order, Uint32Array.of(3, 0));
  const cells = gpu.tensor([2, 8], 'cells');
  await gpu.submit('test', (recorder) => lanes(recorder, { x, order, cells, pool: 'largest' }));
  const expected = referenceLanes(values, [3, 0], 2, 8, 'largest', 5);
  expect(largestGap(await gpu.read(cells), expected)).toBe(0);
  for (const tensor of [x, order, cells]) gpu.release(tensor);
});
