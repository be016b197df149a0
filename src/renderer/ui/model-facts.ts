import { isBlockDtype } from '../../common/blocks/block-types.ts';
import type { ModelDetail } from '../../common/contract.ts';
import { storedBytes, storedType } from '../../common/stored-type.ts';

/** Number of values in all tensors of a model. */
export function parameterCount({ tensors }: Pick<ModelDetail, 'tensors'>): number {
  return tensors.reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), 0);
}

/** The stored types, most bytes first: `F16`, or `F32 + F16`. */
export function storedTypes(model: Pick<ModelDetail, 'tensors'>): string {
  return typesByBytes(model).join(' + ');
}

/** Those in which matrices stay packed on the GPU, most bytes first; '': none does. */
export function packedTypes(model: Pick<ModelDetail, 'tensors'>): string {
  return typesByBytes(model).filter(isBlockDtype).join(' + ');
}

function typesByBytes({ tensors }: Pick<ModelDetail, 'tensors'>): readonly string[] {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) {
    const type = storedType(tensor);
    bytes.set(type, (bytes.get(type) ?? 0) + storedBytes(tensor));
  }
  return [...bytes].sort((a, b) => b[1] - a[1]).map(([type]) => type);
}
