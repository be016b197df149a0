/** Tokens as the states that a stack begins with. T tokens, D width. */
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../../kernels/rows/elementwise.ts';
import { embedding } from '../../kernels/rows/embedding.ts';
import { linear, norm } from './blocks.ts';
import type { Embedding } from './stack.ts';

/** What stands at some tokens' places, before the first layer. */
export interface EmbeddedTokens {
  /** [T] */
  readonly ids: GpuTensor;
  /** Token types, [T]; null: the stack has none. */
  readonly types: GpuTensor | null;
  /** Rows of the position table, [T]; null: one after another, from that of `first` on. */
  readonly places: GpuTensor | null;
  /** Position of the first token. */
  readonly first: number;
}

/** Tokens without types, one after another from position `first` on. @param ids [T] */
export function plainTokens(ids: GpuTensor, first = 0): EmbeddedTokens {
  return { ids, types: null, places: null, first };
}

/** States [T, D] of some tokens before the first layer. */
export function embed(
  recorder: Recorder,
  { tokens, scale, positions, types, norm: own, projection }: Embedding,
  { ids, types: typeIds, places, first }: EmbeddedTokens,
  out: GpuTensor,
): void {
  const size = [out.shape[0] ?? 0, tokens.shape[1]];
  const made: GpuTensor[] = [];
  const room = (isLast: boolean, label: string) => {
    if (isLast) return out;
    const tensor = recorder.temp(size, label);
    made.push(tensor);
    return tensor;
  };
  const more = [
    ...(positions !== null && places !== null ? [{ ids: places, table: positions.table }] : []),
    ...(types !== null && typeIds !== null ? [{ ids: typeIds, table: types }] : []),
  ];
  const isPlain = own === null && projection === null;
  let sum = room(isPlain && more.length === 0, 'embeddings');
  const inOrder = places === null ? positions : null;
  embedding(recorder, {
    ids,
    table: tokens,
    scale,
    ...(inOrder !== null && { positions: inOrder.table, first: inOrder.first + first }),
    out: sum,
  });
  for (const [i, rows] of more.entries()) {
    const added = recorder.temp(size, 'embeddings of places or types');
    embedding(recorder, { ...rows, out: added });
    const both = room(isPlain && i + 1 === more.length, 'embeddings');
    add(recorder, sum, added, both);
    recorder.free(added);
    sum = both;
  }
  if (own !== null) {
    const normed = room(projection === null, 'normed embeddings');
    norm(recorder, sum, own, normed);
    sum = normed;
  }
  if (projection !== null) linear(recorder, sum, projection, out, { label: 'embedding projection' });
  for (const tensor of made) recorder.free(tensor);
}
