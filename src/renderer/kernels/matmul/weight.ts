import { keptCodeBits } from '../../../common/blocks/block-type.ts';
import { BLOCK_TYPES, isBlockDtype, type BlockDtype } from '../../../common/blocks/block-types.ts';
import { elements, type BufferRange, type GpuTensor } from '../../gpu/tensor.ts';

/** How a matrix is stored on the GPU. */
export type StoredDtype = 'f32' | 'f16' | 'bf16' | BlockDtype;

/** Constants of the shaders that read a stored matrix (`src/shaders/lib/weight.wgsl`). */
interface Storage {
  readonly HALF: boolean;
  readonly BFLOAT: boolean;
  /** Codes with scales: of 4 bits (NIBBLES) or 8, with minima or without, SPAN4 · 4 values to a scale. */
  readonly BLOCKS: boolean;
  readonly NIBBLES: boolean;
  readonly MINIMA: boolean;
  readonly SPAN4: number;
}

const PLAIN = { HALF: false, BFLOAT: false, BLOCKS: false, NIBBLES: false, MINIMA: false, SPAN4: 8 };

function blockStorage(dtype: BlockDtype): Storage {
  const type = BLOCK_TYPES[dtype];
  return {
    ...{ ...PLAIN, BLOCKS: true, NIBBLES: keptCodeBits(type) === 4 },
    ...{ MINIMA: type.hasMinima, SPAN4: type.span / 4 },
  };
}

const FLOATS: Readonly<Record<Exclude<StoredDtype, BlockDtype>, Storage>> = {
  f32: PLAIN,
  f16: { ...PLAIN, HALF: true },
  bf16: { ...PLAIN, HALF: true, BFLOAT: true },
};

export function storageOf(dtype: StoredDtype): Storage {
  return isBlockDtype(dtype) ? blockStorage(dtype) : FLOATS[dtype];
}

/** Every storage once: several packed types lie on the GPU in the same way. */
export const STORAGES: readonly Storage[] = [
  ...Object.values(FLOATS),
  ...new Map(
    Object.keys(BLOCK_TYPES)
      .filter(isBlockDtype)
      .map((dtype) => [JSON.stringify(blockStorage(dtype)), blockStorage(dtype)]),
  ).values(),
];

/**
 * A matrix of weights on the GPU in its stored dtype. f32, f16 and bf16 are row-major (16-bit rows have a multiple of 4
 * values); packed types are repacked (`quantized.ts`), and their columns are a multiple of 32.
 */
export interface Matrix {
  readonly dtype: StoredDtype;
  readonly values: BufferRange;
  /** Of packed types: the scales, and the minima where there are some. */
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

/** True for matrices of codes with scales. */
export function isQuantized({ dtype }: Matrix): boolean {
  return isBlockDtype(dtype);
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
