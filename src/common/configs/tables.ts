/** Tensors that a model may store once and use in several places: token tables and heads. */
import type { TensorInfo } from '../contract.ts';
import { classifierName } from './heads.ts';
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
  const first = names.find((name) => stored.has(name));
  return names.map((name, i) => ({
    ...{ name, shape, optional: first !== undefined || i > 0 },
    ...(first !== undefined && name !== first && { copyOf: first }),
  }));
}

/**
 * A decoder's token table and the output head beside it. Tied: one table under either name, and a stored head that
 * differs is used as a head, whatever `tie_word_embeddings` says. Not tied: two tables; a bare model, or one whose head
 * classifies, does without the head.
 */
export function tokenTables(
  {
    table,
    heads = ['lm_head.weight'],
    tied,
    isBare,
  }: {
    readonly table: string;
    /** Names that the head may have. */
    readonly heads?: readonly string[];
    readonly tied: boolean;
    readonly isBare: boolean;
  },
  shape: readonly number[],
  tensors: readonly TensorInfo[],
  prefixes: readonly string[],
): ExpectedTensor[] {
  if (tied) return sharedTables([table, ...heads], shape, tensors, prefixes);
  const canDoWithout = isBare || classifierName(tensors) !== null;
  return [
    { name: table, shape, optional: false },
    ...sharedTables(heads, shape, tensors, prefixes).map((head) => ({
      ...head,
      optional: head.optional || canDoWithout,
    })),
  ];
}
