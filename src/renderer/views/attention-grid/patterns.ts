import type { Work } from '../../common/computed.svelte.ts';
import { allocateTiles, largest, readTiles, type Tiles } from '../../common/tiles.ts';
import type { AttentionMap, PatternTile, Run } from '../../runs/run.ts';

/** What thumbnails are wanted. */
export interface GridWish {
  readonly run: Run;
  readonly map: AttentionMap;
  /** Cells of a thumbnail. */
  readonly rows: number;
  readonly columns: number;
  readonly firstKey: number;
  readonly pool: PatternTile['pool'];
}

/** Thumbnails that are on the GPU; layers [0, layers) are computed. */
export interface GridPicture extends GridWish {
  readonly tiles: Tiles;
  readonly layers: number;
  /** The largest weight in it; null: not all of it is there. */
  readonly largest: number | null;
}

/** The thumbnails of every head, pooled to the screen's resolution; layers are shown as they come. */
export async function gridPicture(
  wish: GridWish,
  { signal, own, show, progress }: Work<GridPicture>,
): Promise<GridPicture> {
  const { run, map } = wish;
  const requests = tilesOf(wish);
  const tiles = allocateTiles(run, requests);
  own(() => tiles.release());
  for (let layer = 0; layer < map.layers; layer++) {
    signal.throwIfAborted();
    const first = layer * map.heads;
    await map.tiles(requests.slice(first, first + map.heads), tiles.buffer, tiles.offsets[first] ?? 0);
    show({ ...wish, tiles, layers: layer + 1, largest: null });
    progress((layer + 1) / map.layers);
  }
  return { ...wish, tiles, layers: map.layers, largest: largest(await readTiles(run, tiles)) };
}

/** One tile a head, layer by layer. */
function tilesOf({ map, rows, columns, firstKey, pool }: GridWish): PatternTile[] {
  return Array.from({ length: map.layers * map.heads }, (_, index) => ({
    ...{ layer: Math.floor(index / map.heads), head: index % map.heads },
    ...{ rows: [0, map.queries.length], columns: [firstKey, map.keys.length] },
    ...{ height: rows, width: columns, pool },
  }));
}
