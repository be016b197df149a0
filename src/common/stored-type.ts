/** How a tensor lies in its file, whatever it is read as. */
import { keptBits } from './blocks/block-type.ts';
import { BLOCK_TYPES, type BlockDtype } from './blocks/block-types.ts';
import type { Dtype, TensorInfo } from './contract.ts';

export function storedType({ dtype, packed }: Pick<TensorInfo, 'dtype' | 'packed'>): Dtype | BlockDtype {
  return packed?.dtype ?? dtype;
}

/** Its bytes there. */
export function storedBytes({ begin, end, packed }: Pick<TensorInfo, 'begin' | 'end' | 'packed'>): number {
  return packed === undefined ? end - begin : packed.end - packed.begin;
}

/** About what it takes on the GPU, in bytes: packed values are kept as codes of 4 or 8 bits with f32 scales. */
export function keptBytes(tensor: Pick<TensorInfo, 'begin' | 'end' | 'packed' | 'shape'>): number {
  if (tensor.packed === undefined) return storedBytes(tensor);
  const values = tensor.shape.reduce((product, size) => product * size, 1);
  return (values * keptBits(BLOCK_TYPES[tensor.packed.dtype])) / 8;
}
