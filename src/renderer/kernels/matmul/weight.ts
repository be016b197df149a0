import { elements, type BufferRange, type GpuTensor } from '../../gpu/tensor.ts';

/** How a matrix is stored on the GPU. */
export type StoredDtype = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0';

/** Constants of the shaders that read a stored matrix (`src/shaders/lib/weight.wgsl`). */
export const STORED = {
  f32: { HALF: false, BFLOAT: false, BLOCKS: false, NIBBLES: false },
  f16: { HALF: true, BFLOAT: false, BLOCKS: false, NIBBLES: false },
  bf16: { HALF: true, BFLOAT: true, BLOCKS: false, NIBBLES: false },
  q8_0: { HALF: false, BFLOAT: false, BLOCKS: true, NIBBLES: false },
  q4_0: { HALF: false, BFLOAT: false, BLOCKS: true, NIBBLES: true },
} as const satisfies Record<StoredDtype, object>;

/**
 * A matrix of weights on the GPU in its stored dtype. f32, f16 and bf16 are row-major (16-bit rows have a multiple of 4
 * values); q8_0 and q4_0 are repacked (`quantized.ts`), and their columns are a multiple of 32.
 */
export interface Matrix {
  readonly dtype: StoredDtype;
  readonly values: BufferRange;
  /** Of q8_0 and q4_0: one f32 for 32 values of a row. */
  readonly scales?: BufferRange;
  /** [rows, columns] */
  readonly shape: readonly [number, number];
  /** Of a matrix that is too large for one binding: its rows, one buffer after another; `values` is the first. */
  readonly parts?: readonly Matrix[];
}

/** The pieces of a matrix in the order of their rows: the matrix itself where it is whole. */
export function partsOf(matrix: Matrix): readonly Matrix[] {
  return matrix.parts ?? [matrix];
}

/** A row of an f32 matrix, [1, columns]. @throws RangeError for a row outside of it */
export function rowOf(matrix: Matrix, row: number): GpuTensor {
  let first = 0;
  for (const { values, shape, dtype } of partsOf(matrix)) {
    const [rows, columns] = shape;
    if (dtype !== 'f32') throw new Error('Only rows of f32 are tensors.');
    if (row >= first && row < first + rows)
      return {
        buffer: values.buffer,
        offset: values.offset / 4 + (row - first) * columns,
        shape: [1, columns],
      };
    first += rows;
  }
  throw new RangeError(`There is no row ${row} in a matrix of ${first}.`);
}

/** True for matrices in blocks of 32 values with a scale. */
export function isQuantized({ dtype }: Matrix): boolean {
  return STORED[dtype].BLOCKS;
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
