import { BLOCK, BLOCK_BYTES, type BlockDtype } from './quantized.ts';

/** Quantizes rows of f32 values as GGUF does; for tests and benchmarks. */
export function quantize(dtype: BlockDtype, values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const blocks = values.length / BLOCK;
  const bytes = new Uint8Array(blocks * BLOCK_BYTES[dtype]);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK_BYTES[dtype];
    let most = 0;
    for (let i = 0; i < BLOCK; i++) {
      const value = values[block * BLOCK + i] ?? 0;
      if (Math.abs(value) > Math.abs(most)) most = value;
    }
    const half = toHalf(dtype === 'q8_0' ? Math.abs(most) / 127 : most / -8);
    const scale = halfToNumber(half);
    const inverse = scale === 0 ? 0 : 1 / scale;
    view.setUint16(at, half, true);
    for (let i = 0; i < BLOCK; i++) {
      const value = (values[block * BLOCK + i] ?? 0) * inverse;
      if (dtype === 'q8_0') view.setInt8(at + 2 + i, Math.max(-127, Math.min(127, Math.round(value))));
      else {
        const nibble = Math.max(0, Math.min(15, Math.floor(value + 8.5)));
        const place = at + 2 + (i % 16);
        bytes[place] = (bytes[place] ?? 0) | (nibble << (i < 16 ? 0 : 4));
      }
    }
  }
  return bytes;
}

/** The values that GGUF blocks stand for. */
export function dequantize(dtype: BlockDtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const blocks = bytes.length / BLOCK_BYTES[dtype];
  const values = new Float32Array(blocks * BLOCK);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK_BYTES[dtype];
    const scale = halfToNumber(view.getUint16(at, true));
    for (let i = 0; i < BLOCK; i++) {
      const q =
        dtype === 'q8_0'
          ? view.getInt8(at + 2 + i)
          : ((view.getUint8(at + 2 + (i % 16)) >> (i < 16 ? 0 : 4)) & 15) - 8;
      values[block * BLOCK + i] = scale * q;
    }
  }
  return values;
}

/** f32 of an f16's bits. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The f16 nearest to a number of normal size, toward zero; 0 for smaller ones. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  const exponent = ((bits >>> 23) & 255) - 112;
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 1023);
}
