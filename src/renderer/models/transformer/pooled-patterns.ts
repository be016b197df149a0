/** Patterns of all heads at the resolution of thumbnails, made while a pass has their scores. */
import type { GpuTensor } from '../../gpu/tensor.ts';

/** Cells of a side; powers of two, so that half as many are whole cells again. */
const SIDES = [512, 256, 128, 64, 32] as const;
/** Weights of a pattern from which on it is pooled: smaller ones are computed quickly. */
const LEAST_WEIGHTS = 128 * 128;
/** GPU memory of all pooled patterns of one kind of attention. */
const MOST_BYTES = 32 * 2 ** 20;

/**
 * Cells of the pooled patterns of a stack's heads; null: the patterns are small, or there are too many heads.
 * @param heads of all layers together
 */
function pooledCells(
  heads: number,
  queries: number,
  keys: number,
): { readonly height: number; readonly width: number } | null {
  const fits = (side: number) => 4 * heads * side * side <= MOST_BYTES && 4 * side * side <= queries * keys;
  const most = SIDES.find(fits);
  if (most === undefined || queries * keys < LEAST_WEIGHTS) return null;
  return { height: powerOfTwo(Math.min(queries, most)), width: powerOfTwo(Math.min(keys, most)) };
}

/** The largest power of two up to a number. */
function powerOfTwo(most: number): number {
  return 2 ** Math.floor(Math.log2(most));
}

/**
 * Room for the pooled patterns of each layer, [H, height, width]; null where there are none.
 * @param heads by layer; 0: it has no such attention
 * @param old those of a pass whose layers before `from` are taken over; null: there are none
 */
export function pooledPatterns(
  heads: readonly number[],
  [queries, keys]: readonly [number, number],
  { from, old }: { readonly from: number; readonly old: readonly (GpuTensor | null)[] | null },
  make: (shape: readonly number[], label: string) => GpuTensor,
): (GpuTensor | null)[] {
  const total = heads.reduce((sum, count) => sum + count, 0);
  const cells = total === 0 ? null : pooledCells(total, queries, keys);
  return heads.map((count, layer) => {
    if (layer < from) return old?.[layer] ?? null;
    return cells === null || count === 0 ? null : make([count, cells.height, cells.width], 'pooled patterns');
  });
}
