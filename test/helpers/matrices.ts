import type { Gpu } from '../../src/renderer/gpu/gpu.ts';
import type { Matrix, StoredDtype } from '../../src/renderer/kernels/weight.ts';
import { decodeFloats } from '../../src/renderer/models/decode.ts';
import { randomValues } from './gpu.ts';

/** A random matrix on the GPU in a stored type, with the values that it stands for. */
export function storedMatrix(
  gpu: Gpu,
  dtype: StoredDtype,
  rows: number,
  columns: number,
  seed: number,
): { readonly matrix: Matrix; readonly values: Float32Array } {
  const exact = randomValues(rows * columns, seed);
  const stored = store(dtype, exact);
  const buffer = gpu.pool.acquire(stored.byteLength, 'weights', 'test matrix');
  gpu.device.queue.writeBuffer(buffer, 0, padded(stored));
  const values = { buffer, offset: 0, size: stored.byteLength };
  const kinds = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;
  return { matrix: { dtype, values, shape: [rows, columns] }, values: decodeFloats(kinds[dtype], stored) };
}

function store(dtype: StoredDtype, values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
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
