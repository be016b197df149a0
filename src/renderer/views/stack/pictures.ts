import { attentionName } from '../../common/attention-names.ts';
import { counted } from '../../common/numbers.ts';
import { headName } from '../../common/tokens.ts';
import { readTiles, requestTiles } from '../../common/tiles.ts';
import type { Table } from '../../common/table.ts';
import type { AttentionMap, PatternTile, Run } from '../../runs/run.ts';

/** What a layer's plane shows of its heads: their mean, their largest weight, or one head, the same in all layers. */
export const MERGES = ['mean', 'max', 'one'] as const;
export type Merge = (typeof MERGES)[number];

/** Cells of a plane's side at most. */
const MOST_CELLS = 64;

export interface StackWish {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly firstKey: number;
}

/** Patterns of all heads, pooled to the cells of the planes. */
export interface StackPictures extends StackWish {
  readonly rows: number;
  readonly columns: number;
  /** [L, H, rows, columns] */
  readonly values: Float32Array;
}

/** Computes all patterns at the resolution of the planes. @throws the signal's reason */
export async function stackPictures(
  { run, map, firstKey }: StackWish,
  signal?: AbortSignal,
): Promise<StackPictures> {
  const [T, S] = [map.queries.length, map.keys.length - firstKey];
  const rows = Math.min(T, MOST_CELLS);
  const columns = Math.min(S, MOST_CELLS);
  const size = rows * columns;
  const values = new Float32Array(map.layers * map.heads * size);
  for (let layer = 0; layer < map.layers; layer++) {
    signal?.throwIfAborted();
    const requests = Array.from({ length: map.heads }, (_, head): PatternTile => ({
      ...{ layer, head, rows: [0, T], columns: [firstKey, map.keys.length] },
      ...{ height: rows, width: columns, pool: 'max' },
    }));
    const tiles = await requestTiles(run, map, requests);
    try {
      values.set(await readTiles(run, tiles), layer * map.heads * size);
    } finally {
      tiles.release();
    }
  }
  return { run, map, firstKey, rows, columns, values };
}

/** The cells of one layer, [rows, columns]. @param head that is shown where it is one */
export function planeOf(
  { map, rows, columns, values }: StackPictures,
  layer: number,
  merge: Merge,
  head: number,
): Float32Array {
  const size = rows * columns;
  const at = (index: number) =>
    values.subarray((layer * map.heads + index) * size, (layer * map.heads + index + 1) * size);
  if (merge === 'one') return at(Math.min(head, map.heads - 1)).slice();
  const result = new Float32Array(size);
  for (let index = 0; index < map.heads; index++)
    for (const [i, value] of at(index).entries())
      result[i] = merge === 'max' ? Math.max(result[i] ?? 0, value) : (result[i] ?? 0) + value / map.heads;
  return result;
}

/** The largest weight of all planes; what is not a number counts for nothing. */
export function largestOf(pictures: StackPictures, merge: Merge, head: number): number {
  let most = 0;
  for (let layer = 0; layer < pictures.map.layers; layer++)
    for (const value of planeOf(pictures, layer, merge, head))
      if (value > most && value < Infinity) most = value;
  return most;
}

/** The head of a layer with the largest weight in a cell. */
export function strongestHead(
  { map, rows, columns, values }: StackPictures,
  layer: number,
  cell: number,
): number {
  const size = rows * columns;
  let best = 0;
  for (let head = 1; head < map.heads; head++) {
    const at = (index: number) => values[(layer * map.heads + index) * size + cell] ?? 0;
    if (at(head) > at(best)) best = head;
  }
  return best;
}

/** What a plane shows, in words. */
export function mergeName(merge: Merge, layer: number, head: number, heads: number): string {
  if (merge === 'one') return headName(layer, head);
  return `L${layer}, ${merge === 'mean' ? 'mean' : 'largest'} of ${counted(heads, 'head')}`;
}

/** What all planes show: `cross-attention of 4 layers, mean of 4 heads`. */
export function stackTitle(
  map: Pick<AttentionMap, 'kind' | 'layers' | 'heads'>,
  merge: Merge,
  head: number,
): string {
  const heads =
    merge === 'one'
      ? `head ${head}`
      : `${merge === 'mean' ? 'mean' : 'largest'} of ${counted(map.heads, 'head')}`;
  return `${attentionName(map)} of ${counted(map.layers, 'layer')}, ${heads}`;
}

/** Layer, query, key and value of every cell, exact; in the `.npz` one array [L, T, S]. */
export async function stackTable(
  { run, map, firstKey }: StackWish,
  merge: Merge,
  head: number,
): Promise<Table> {
  const [T, all] = [map.queries.length, map.keys.length];
  const S = all - firstKey;
  const values = new Float32Array(map.layers * T * S);
  for (let layer = 0; layer < map.layers; layer++) {
    const pattern = await run.activations.get(map.activation(layer))?.read();
    for (let i = 0; i < T * S; i++) {
      const [query, key] = [Math.floor(i / S), (i % S) + firstKey];
      const of = (index: number) => pattern?.[(index * T + query) * all + key] ?? NaN;
      let value = merge === 'one' ? of(Math.min(head, map.heads - 1)) : 0;
      if (merge !== 'one')
        for (let index = 0; index < map.heads; index++)
          value = merge === 'max' ? Math.max(value, of(index)) : value + of(index) / map.heads;
      values[layer * T * S + i] = value;
    }
  }
  const names = (tokens: AttentionMap['keys']) => tokens.map(({ text }) => text);
  return {
    columns: ['layer', 'query_index', 'query', 'key_index', 'key', 'weight'],
    rows: {
      *[Symbol.iterator]() {
        for (const [at, value] of values.entries()) {
          const [layer, query, key] = [Math.floor(at / (T * S)), Math.floor(at / S) % T, (at % S) + firstKey];
          yield [layer, query, map.queries[query]?.text ?? '', key, map.keys[key]?.text ?? '', value];
        }
      },
    },
    arrays: [
      { name: 'weights', shape: [map.layers, T, S], values },
      { name: 'query', shape: [T], values: names(map.queries) },
      { name: 'key', shape: [S], values: names(map.keys.slice(firstKey)) },
    ],
  };
}
