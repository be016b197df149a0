/** How a tensor lies in its file, whatever it is read as. */
import type { BlockDtype } from './blocks/block-types.ts';
import type { Dtype, TensorInfo } from './contract.ts';

export function storedType({ dtype, packed }: Pick<TensorInfo, 'dtype' | 'packed'>): Dtype | BlockDtype {
  return packed?.dtype ?? dtype;
}

/** Its bytes there. */
export function storedBytes({ begin, end, packed }: Pick<TensorInfo, 'begin' | 'end' | 'packed'>): number {
  return packed === undefined ? end - begin : packed.end - packed.begin;
}
