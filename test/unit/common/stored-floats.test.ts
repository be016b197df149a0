import { expect, test } from 'vitest';
import { decodeFloats } from '../../../src/common/stored-floats.ts';

const bytes = (array: Uint16Array | Float64Array | Float32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

test('every f16 is decoded', () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, half) => half);
  const values = decodeFloats('F16', bytes(halves));
  for (let half = 0; half < 65536; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const expected =
      exponent === 31
        ? fraction === 0
          ? sign * Infinity
          : NaN
        : sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
    expect(Object.is(values[half], expected) || values[half] === expected, `0x${half.toString(16)}`).toBe(
      true,
    );
  }
});

test('bf16 is the upper half of an f32', () => {
  expect([...decodeFloats('BF16', bytes(Uint16Array.of(0x3f80, 0xc049, 0x0000)))]).toEqual([1, -3.140625, 0]);
});

test('f64 is rounded to f32; f32 stays; no alignment is needed', () => {
  expect([...decodeFloats('F64', bytes(Float64Array.of(0.1, -2)))]).toEqual([Math.fround(0.1), -2]);
  const shifted = new Uint8Array(9);
  shifted.set(bytes(Float32Array.of(1.5, 7)), 1);
  expect([...decodeFloats('F32', shifted.subarray(1))]).toEqual([1.5, 7]);
});

test('other types are refused', () => {
  expect(() => decodeFloats('I64', new Uint8Array(8))).toThrow("I64 can't be decoded");
});
