import { expect, test } from 'vitest';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import { pooledPatterns } from '../../../src/renderer/models/transformer/pooled-patterns.ts';

const make = (shape: readonly number[]) => ({ shape, offset: 0 }) as unknown as GpuTensor;
const none = { from: 0, old: null };
const shapesOf = (heads: readonly number[], queries: number, keys: number) =>
  pooledPatterns(heads, [queries, keys], none, make).map((tensor) => tensor?.shape ?? null);

test('cells are powers of two, fewer where there are many heads or few tokens', () => {
  expect(shapesOf(new Array<number>(12).fill(12), 512, 512)[0]).toEqual([12, 128, 128]);
  expect(shapesOf([4, 4], 4096, 4096)).toEqual([
    [4, 512, 512],
    [4, 512, 512],
  ]);
  expect(shapesOf([4], 512, 512)).toEqual([[4, 256, 256]]);
  expect(shapesOf([4], 4000, 40)).toEqual([[4, 128, 32]]);
});

test('small patterns are not pooled, nor those of heads that are too many, nor layers without such attention', () => {
  expect(shapesOf([4], 127, 128)).toEqual([null]);
  expect(shapesOf(new Array<number>(200).fill(200), 512, 512)[0]).toBeNull();
  expect(shapesOf([0, 0], 512, 512)).toEqual([null, null]);
});

test('layers that are taken over keep what they have', () => {
  const old = [make([1]), make([2])];
  const [first, second] = pooledPatterns([4, 4], [512, 512], { from: 1, old }, make);
  expect(first).toBe(old[0]);
  expect(second).not.toBe(old[1]);
});
