import type { Gpu } from '../../src/renderer/gpu/gpu.ts';
import { decodeBlocks } from '../../src/common/blocks/block-type.ts';
import { BLOCK_TYPES, type BlockDtype } from '../../src/common/blocks/block-types.ts';
import { repack, repackedBytes, storedRowBytes } from '../../src/renderer/kernels/matmul/quantized.ts';
import type { Matrix } from '../../src/renderer/kernels/matmul/weight.ts';
import { decodeFloats } from '../../src/common/stored-floats.ts';
import { randomValues } from './gpu.ts';

const KINDS = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;

/** A random matrix on the GPU in a stored type, with the values that it stands for. */
export function storedMatrix(
  gpu: Gpu,
  dtype: keyof typeof KINDS,
  rows: number,
  columns: number,
  seed: number,
): { readonly matrix: Matrix; readonly values: Float32Array } {
  const exact = randomValues(rows * columns, seed);
  const stored = store(dtype, exact);
  const buffer = gpu.pool.acquire(stored.byteLength, 'weights', 'test matrix');
  gpu.device.queue.writeBuffer(buffer, 0, padded(stored));
  const values = { buffer, offset: 0, size: stored.byteLength };
  return { matrix: { dtype, values, shape: [rows, columns] }, values: decodeFloats(KINDS[dtype], stored) };
}

/** Random blocks of `rows` rows of K values, with scales of about 2⁻¹⁰. */
export function randomBlocks(
  dtype: BlockDtype,
  rows: number,
  K: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const { bytes, halves } = BLOCK_TYPES[dtype];
  const blocks = Uint8Array.from(
    randomValues(rows * storedRowBytes(dtype, K), seed),
    (value) => Math.floor(value * 128) & 255,
  );
  // The exponent of a half-precision number is in bits 2 to 6 of its upper byte.
  for (let at = 0; at < blocks.length; at += bytes)
    for (const half of halves) blocks[at + half + 1] = ((blocks[at + half + 1] ?? 0) & 0x87) | 0x10;
  return blocks;
}

/** A random packed matrix [N, K] on the GPU, with the values that it stands for. */
export function quantizedMatrix(
  gpu: Gpu,
  dtype: BlockDtype,
  N: number,
  K: number,
  seed: number,
): { readonly matrix: Matrix; readonly values: Float32Array } {
  const stored = randomBlocks(dtype, N, K, seed);
  const { values, scales } = repack(dtype, stored, N, K);
  const exact = new Float32Array(N * K);
  decodeBlocks(BLOCK_TYPES[dtype], stored, exact);
  const bytes = repackedBytes(dtype, N, K);
  const upload = (data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>, size: number) => {
    const buffer = gpu.pool.acquire(size, 'weights', 'test matrix');
    gpu.device.queue.writeBuffer(buffer, 0, data);
    return { buffer, offset: 0, size };
  };
  return {
    matrix: {
      dtype,
      values: upload(values, bytes.values),
      scales: upload(scales, bytes.scales),
      shape: [N, K],
    },
    values: exact,
  };
}

function store(dtype: keyof typeof KINDS, values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (dtype === 'f32') return new Uint8Array(values.buffer);
  const bits = new Uint32Array(values.buffer);
  // Any 16 bits will do, so rounding is by cutting off; f16 has its exponent moved (values are below 2 and normal).
  const halves = Uint16Array.from(bits, (word) =>
    dtype === 'bf16'
      ? word >>> 16
      : ((word >>> 16) & 0x8000) | Math.max(0, ((word & 0x7fffffff) >>> 13) - (112 << 10)),
  );
  return new Uint8Array(halves.buffer);
}

function padded(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  result.set(bytes);
  return result;
}
