import { expect, test } from 'vitest';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { pooledSlice, sliceShape } from '../../../src/common/tensors/slice.ts';
import type { ReadBytes } from '../../../src/common/tensors/values.ts';

const values = Float32Array.from({ length: 2 * 4 * 6 }, (_, i) => i);
const read: ReadBytes = (_file, begin, end) =>
  Promise.resolve(new Uint8Array(values.buffer).slice(begin, end));
const tensor: TensorInfo = {
  name: 'w',
  dtype: 'F32',
  shape: [2, 4, 6],
  file: 'f',
  begin: 0,
  end: values.byteLength,
};
const { signal } = new AbortController();

test('a slice of the last two axes, exact where there is room and means where there is not', async () => {
  expect(sliceShape(tensor)).toEqual({ slices: 2, rows: 4, columns: 6 });
  expect(sliceShape({ shape: [5] })).toEqual({ slices: 1, rows: 1, columns: 5 });
  expect(sliceShape({ shape: [] })).toEqual({ slices: 1, rows: 1, columns: 1 });
  const exact = await pooledSlice(read, tensor, 1, { top: 1, bottom: 3, left: 2, right: 5 }, 64, signal);
  expect(exact).toMatchObject({ rows: 2, columns: 3 });
  expect([...exact.values]).toEqual([32, 33, 34, 38, 39, 40]);
  const pooled = await pooledSlice(read, tensor, 0, { top: 0, bottom: 4, left: 0, right: 6 }, 2, signal);
  expect([...pooled.values]).toEqual([4, 7, 16, 19]);
});

test('what is not finite is told, and what is not there is refused', async () => {
  const bad: ReadBytes = (_file, begin, end) =>
    Promise.resolve(new Uint8Array(Float32Array.of(1, NaN, 3, Infinity).buffer).slice(begin, end));
  const small = { ...tensor, shape: [2, 2], end: 16 };
  const { values: found } = await pooledSlice(
    bad,
    small,
    0,
    { top: 0, bottom: 2, left: 0, right: 2 },
    8,
    signal,
  );
  expect([...found]).toEqual([1, NaN, 3, NaN]);
  await expect(
    pooledSlice(bad, small, 1, { top: 0, bottom: 1, left: 0, right: 1 }, 8, signal),
  ).rejects.toThrow(RangeError);
  await expect(
    pooledSlice(bad, small, 0, { top: 0, bottom: 3, left: 0, right: 1 }, 8, signal),
  ).rejects.toThrow(RangeError);
});
