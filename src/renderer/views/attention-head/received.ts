/** How much weight each key of a head receives: the sums of the pattern's columns. */
import { allocateTiles, readTiles } from '../../common/tiles.ts';
import type { AttentionMap, PatternTile, Run } from '../../runs/run.ts';

export interface ReceivedWish {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly layer: number;
  readonly head: number;
}

/** Σ over the queries of the weight on each key, [S]. */
export async function receivedWeights({ run, map, layer, head }: ReceivedWish): Promise<Float32Array> {
  const [T, S] = [map.queries.length, map.keys.length];
  const request: PatternTile = {
    ...{ layer, head, rows: [0, T], columns: [0, S], height: 1, width: S },
    pool: 'mean',
  };
  const tiles = allocateTiles(run, [request]);
  try {
    await map.tiles([request], tiles.buffer);
    return (await readTiles(run, tiles)).map((mean) => mean * T);
  } finally {
    tiles.release();
  }
}

/**
 * The outline of bars over columns [from, to) in a strip, from its lower edge; where columns are finer than pixels, a pixel
 * has the largest of its columns.
 */
export function barsPath(
  values: ArrayLike<number>,
  [from, to]: readonly [number, number],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const [first, end] = [Math.max(0, Math.floor(from)), Math.min(values.length, Math.ceil(to))];
  const most = largestOf(values, first, end);
  const cell = width / (to - from);
  const step = Math.max(1, Math.ceil(1 / cell));
  const bars: string[] = [];
  for (let column = first; column < end; column += step) {
    const value = largestOf(values, column, Math.min(end, column + step));
    const x = (column - from) * cell;
    const wide = Math.max(cell * step - (cell > 6 ? 1 : 0), 0.5);
    const high = most > 0 ? (value / most) * height : 0;
    bars.push(`M${round(x)} ${height}v${round(-high)}h${round(wide)}V${height}Z`);
  }
  return bars.join('');
}

function largestOf(values: ArrayLike<number>, from: number, to: number): number {
  let most = 0;
  for (let at = from; at < to; at++) most = Math.max(most, values[at] || 0);
  return most;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
