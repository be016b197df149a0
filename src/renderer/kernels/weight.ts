import { elements, type BufferRange, type GpuTensor } from '../gpu/tensor.ts';

/** How a matrix is stored on the GPU. */
export type StoredDtype = 'f32' | 'f16' | 'bf16';

/** WEIGHT in the shaders. */
export const STORED: Readonly<Record<StoredDtype, number>> = { f32: 0, f16: 1, bf16: 2 };

/** A matrix of weights on the GPU in its stored dtype, row-major; 16-bit rows have a multiple of 4 values. */
export interface Matrix {
  readonly dtype: StoredDtype;
  readonly values: BufferRange;
  /** [rows, columns] as stored. */
  readonly shape: readonly [number, number];
}

/** An f32 tensor as a matrix: the last axis as columns, all others as rows. */
export function asMatrix(tensor: GpuTensor): Matrix {
  const columns = tensor.shape.at(-1) ?? 1;
  const count = elements(tensor.shape);
  return {
    dtype: 'f32',
    values: { buffer: tensor.buffer, offset: tensor.offset * 4, size: count * 4 },
    shape: [count / columns, columns],
  };
}
