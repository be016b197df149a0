import { expect, test } from 'vitest';
import { repack } from '../../../src/renderer/kernels/quantized.ts';
import { halfToNumber, quantize } from '../../../src/renderer/kernels/quantized.reference.ts';

const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7.1));

test('four rows go together: a word is four values of one row, scales stand beside each other', () => {
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
    const place = Math.floor(n / 4) * 4 * 64 + Math.floor(k / 4) * 16 + (n % 4) * 4 + (k % 4);
    expect(new Int8Array(packed.values.buffer)[place]).toBe(view.getInt8(at(n, k) + 2 + (k % 32)));
    const scale = packed.scales[(Math.floor(n / 4) * 2 + Math.floor(k / 32)) * 4 + (n % 4)];
    expect(scale).toBe(Math.fround(halfToNumber(view.getUint16(at(n, k), true)) * 127));
  }
  // The rows that fill the last group up have no weight.
  expect([...packed.scales.subarray(9, 12)]).toEqual([0, 0, 0]);
});

test('a q8_0 value of −128 is refused, since the shaders would read it as −127', () => {
  const stored = quantize('q8_0', values(32));
  stored[20] = 0x80;
  expect(() => repack('q8_0', stored, 1, 32, halfToNumber)).toThrow('holds the value −128');
  // The same byte as a part of the scale is nothing special.
  const scaled = quantize('q8_0', values(32));
  scaled[0] = 0x80;
  expect(() => repack('q8_0', scaled, 1, 32, halfToNumber)).not.toThrow();
});
