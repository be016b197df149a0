import type { AttentionMap } from '../runs/run.ts';

const KEEP = 128;

/** Rows of attention patterns on the CPU, for values under the pointer; the last ones are kept. */
class PatternRows {
  readonly #map: AttentionMap;
  readonly #rows = new Map<string, Promise<Float32Array>>();

  constructor(map: AttentionMap) {
    this.#map = map;
  }

  /** The weights of a query over all keys, [S]. */
  row(layer: number, head: number, query: number): Promise<Float32Array> {
    const key = `${layer} ${head} ${query}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.#map.row(layer, head, query);
    row.catch(() => this.#rows.delete(key));
    this.#rows.set(key, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > KEEP && oldest !== undefined) this.#rows.delete(oldest);
    return row;
  }
}

const shared = new WeakMap<AttentionMap, PatternRows>();

/** The rows of a run's attention, kept once for all views. */
export function patternRows(map: AttentionMap): PatternRows {
  const known = shared.get(map);
  if (known !== undefined) return known;
  const rows = new PatternRows(map);
  shared.set(map, rows);
  return rows;
}

/** The index of the largest weight among keys from `first` on. */
export function strongestKey(row: Float32Array, first: number): number {
  let best = Math.min(first, row.length - 1);
  for (let key = best + 1; key < row.length; key++) if ((row[key] ?? 0) > (row[best] ?? 0)) best = key;
  return best;
}
