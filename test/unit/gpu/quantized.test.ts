import { expect, test } from 'vitest';
import { repack } from '../../../src/renderer/kernels/matmul/quantized.ts';
import { halfToNumber, quantize } from '../../../src/renderer/kernels/matmul/quantized.reference.ts';

const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7.1));

test('a row’s values stand in one byte of their words, with 128 added but for the last row', () => {
  const stored = quantize('q8_0', values(5 * 64));
  const packed = repack('q8_0', stored, 5, 64, halfToNumber);
  const view = new DataView(stored.buffer);
  const at = (n: number, k: number) => (n * 2 + Math.floor(k / 32)) * 34;
  for (const [n, k] of [
    [0, 0],
    [3, 33],
    [2, 63],
    [4, 17],
  ] as const) {
    const place = Math.floor(n / 4) * 4 * 64 + k * 4 + (n % 4);
    const byte = packed.values[place] ?? 0;
    const value = n % 4 === 3 ? (byte << 24) >> 24 : byte - 128;
    expect(value).toBe(view.getInt8(at(n, k) + 2 + (k % 32)));
    const scale = packed.scales[(Math.floor(n / 4) * 2 + Math.floor(k / 32)) * 4 + (n % 4)];
    expect(scale).toBe(Math.fround(halfToNumber(view.getUint16(at(n, k), true)) / 256 ** (n % 4)));
  }
  // The rows that fill the last group up have no weight.
  expect([...packed.scales.subarray(9, 12)]).toEqual([0, 0, 0]);
});
