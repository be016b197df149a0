import type { Dtype } from './contract.ts';

/** Bytes of one stored value, for the types that can be decoded to f32. */
export const DECODED_BYTES: Readonly<Partial<Record<Dtype, number>>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/**
 * Stored values as f32. Little-endian, any alignment.
 * @param bytes a multiple of the type's size
 * @throws Error for a type without an entry in `DECODED_BYTES`.
 */
export function decodeFloats(dtype: Dtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  if (dtype === 'F64') return Float32Array.from(new Float64Array(aligned(bytes)));
  if (dtype === 'F32') return new Float32Array(aligned(bytes));
  if (dtype !== 'F16' && dtype !== 'BF16') throw new Error(`${dtype} can't be decoded to f32.`);
  const halves = new Uint16Array(aligned(bytes));
  const bits = new Uint32Array(halves.length);
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  else {
    const known = halfTable();
    for (let i = 0; i < halves.length; i++) bits[i] = known[halves[i] ?? 0] ?? 0;
  }
  return new Float32Array(bits.buffer);
}

function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}

let table: Uint32Array | null = null;

/** The f32 bits of every f16. */
function halfTable(): Uint32Array {
  if (table !== null) return table;
  table = new Uint32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) table[half] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) table[half] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction > 0) {
      // Subnormal in f16, normal in f32: shift the leading one out.
      const shift = Math.clz32(fraction) - 21;
      table[half] = sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
    } else table[half] = sign;
  }
  return table;
}
