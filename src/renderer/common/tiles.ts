import type { AttentionMap, PatternTile, Run } from '../runs/run.ts';

/** Tiles of attention patterns in a GPU buffer of their own. */
export interface Tiles {
  readonly buffer: GPUBuffer;
  /** First element of each tile, in the order of the requests. */
  readonly offsets: readonly number[];
  /** f32 elements of all tiles. */
  readonly length: number;
  /** Gives the buffer back; what was submitted before still sees it. Twice does nothing. */
  release(): void;
}

/** A buffer for tiles that are computed later, all at once or one after another. */
export function allocateTiles(run: Run, requests: readonly PatternTile[]): Tiles {
  const offsets: number[] = [];
  let length = 0;
  for (const { height, width } of requests) {
    offsets.push(length);
    length += height * width;
  }
  const buffer = run.gpu.pool.acquire(length * 4, 'scratch', 'attention tiles');
  let held = true;
  const release = () => {
    if (held) run.gpu.pool.release(buffer);
    held = false;
  };
  return { buffer, offsets, length, release };
}

/** Computes tiles into a new buffer. */
export async function requestTiles(
  run: Run,
  map: AttentionMap,
  requests: readonly PatternTile[],
): Promise<Tiles> {
  const tiles = allocateTiles(run, requests);
  try {
    await map.tiles(requests, tiles.buffer);
    return tiles;
  } catch (error) {
    tiles.release();
    throw error;
  }
}

/** The values of tiles on the CPU. */
export async function readTiles(run: Run, tiles: Tiles): Promise<Float32Array> {
  return new Float32Array(await run.gpu.readBytes(tiles.buffer, 0, tiles.length * 4));
}

/** Weights that are read at a time. */
const PIECE = 4 * 2 ** 20;

/** The whole pattern of a head on the CPU, exact: [T, S]. @throws the signal's reason */
export async function readPattern(
  run: Run,
  map: AttentionMap,
  layer: number,
  head: number,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const [rows, columns] = [map.queries.length, map.keys.length];
  const values = new Float32Array(rows * columns);
  const step = Math.max(1, Math.floor(PIECE / columns));
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(from + step, rows);
    const tile = { layer, head, rows: [from, to], columns: [0, columns], pool: 'max' } as const;
    const tiles = await requestTiles(run, map, [{ ...tile, height: to - from, width: columns }]);
    try {
      values.set(await readTiles(run, tiles), from * columns);
    } finally {
      tiles.release();
    }
    signal?.throwIfAborted();
  }
  return values;
}

/** Side of the tile that finds a head's largest weight: pooled by maximum, it still holds it. */
const SURVEY_CELLS = 16;

/** The largest weight of a head among keys from `firstKey` on. */
export async function largestWeight(
  run: Run,
  map: AttentionMap,
  layer: number,
  head: number,
  firstKey: number,
): Promise<number> {
  const rows = map.queries.length;
  const columns = map.keys.length;
  const tiles = await requestTiles(run, map, [
    {
      layer,
      head,
      rows: [0, rows],
      columns: [firstKey, columns],
      height: Math.min(rows, SURVEY_CELLS),
      width: Math.min(columns - firstKey, SURVEY_CELLS),
      pool: 'max',
    },
  ]);
  try {
    return largest(await readTiles(run, tiles));
  } finally {
    tiles.release();
  }
}

/** The largest finite number; 0 when there is none above it. */
export function largest(values: Float32Array): number {
  let result = 0;
  for (const value of values) if (value > result && Number.isFinite(value)) result = value;
  return result;
}
