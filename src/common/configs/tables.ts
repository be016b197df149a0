/** Tensors that a model may store once and use in several places: token tables and heads. */
import type { TensorInfo } from '../contract.ts';
import { cutPrefix } from './match.ts';
import type { ExpectedTensor } from './spec.ts';

/**
 * One table under several names: any one of them is enough, and what is stored under its own name goes before the
 * others, as Transformers 5 has it. When none is in the files the first is missing.
 */
export function sharedTables(
  names: readonly string[],
  shape: readonly number[],
  tensors: readonly TensorInfo[],
  prefixes: readonly string[],
): ExpectedTensor[] {
  const stored = new Set(tensors.map(({ name }) => cutPrefix(name, prefixes)));
  const isAnyThere = names.some((name) => stored.has(name));
  return names.map((name, i) => ({ name, shape, optional: isAnyThere || i > 0 }));
}
