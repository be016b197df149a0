/**
 * Layers whose heads were pruned (`pruned_heads` in config.json; Michel et al. 2019): the rows and columns of the heads
 * that are gone come back as zeros, so that a layer computes what it did without them.
 */
import { isObject } from '../json.ts';
import type { Config } from '../configs/config.ts';

/** Which heads each layer has lost, in order. */
export function prunedHeads(config: Config): ReadonlyMap<number, readonly number[]> {
  const given = config['pruned_heads'];
  if (!isObject(given)) return new Map();
  return new Map(
    Object.entries(given).flatMap(([layer, heads]) => {
      const isList = Array.isArray(heads) && heads.every((head) => Number.isInteger(head) && head >= 0);
      if (!/^\d+$/.test(layer) || !isList || heads.length === 0) return [];
      const own = [...new Set(heads as readonly number[])].sort((a, b) => a - b);
      return [[Number(layer), own] as const];
    }),
  );
}

export interface PaddedAxis {
  readonly axis: number;
  /** By place along the axis of the whole tensor: the stored place; −1: it is gone. */
  readonly places: readonly number[];
}

/**
 * How a tensor of a layer without some of its heads becomes whole: the one axis along which it is shorter holds the heads,
 * once, or three times where query, key and value lie in one matrix.
 * @returns null: its shape is not that of a pruned layer
 */
export function paddedAxis(
  actual: readonly number[],
  expected: readonly number[],
  heads: number,
  gone: readonly number[],
): PaddedAxis | null {
  const differing = expected.flatMap((size, axis) => (size === actual[axis] ? [] : [axis]));
  const [axis] = differing;
  if (axis === undefined || differing.length > 1 || actual.length !== expected.length) return null;
  const [whole, stored] = [expected[axis] ?? 0, actual[axis] ?? 0];
  const lost = gone.filter((head) => head < heads);
  if (lost.length === 0 || lost.length === heads) return null;
  for (const blocks of [1, 3]) {
    const headSize = whole / blocks / heads;
    if (!Number.isInteger(headSize) || stored !== blocks * (heads - lost.length) * headSize) continue;
    let next = 0;
    const places = Array.from({ length: whole }, (_, i) => {
      const head = Math.floor(i / headSize) % heads;
      return lost.includes(head) ? -1 : next++;
    });
    return { axis, places };
  }
  return null;
}
