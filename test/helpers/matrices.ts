import type { Gpu } from '../../src/renderer/gpu/gpu.ts';
import { repack, repackedBytes, type BlockDtype } from '../../src/renderer/kernels/matmul/quantized.ts';
import { dequantize, halfToNumber, quantize } from '../../src/renderer/kernels/matmul/quantized.reference.ts';
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

/** A random quantized matrix [N, K] on the GPU, with the values that it stands for. */
export function quantizedMatrix(
  gpu: Gpu,
  dtype: BlockDtype,
  N: number,
  K: number,
  seed: number,
): { readonly matrix: Matrix; readonly values: Float32Array } {
  const stored = quantize(dtype, randomValues(N * K, seed));
  // GGUF's writers stop at −127; others may not.
  if (dtype === 'q8_0') stored[2] = 0x80;
  const { values, scales } = repack(dtype, stored, N, K, halfToNumber);
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
    values: dequantize(dtype, stored),
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
