import type { Answer, Work } from '../../common/computed.svelte.ts';
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

/** Milliseconds within which a picture is finished, though a newer one is wanted, and whole: so it follows a text that grows. */
const AT_ONCE = 150;

/**
 * The thumbnails of every head, pooled to the screen's resolution. Layers are shown as they come; where a whole picture of the
 * same model is there, only when they are long in coming.
 */
export async function gridPicture(
  wish: GridWish,
  { signal, own, show, progress }: Work<GridPicture>,
  before: Answer<GridWish, GridPicture> | null = null,
): Promise<GridPicture> {
  const { run, map } = wish;
  const since = performance.now();
  const isLong = () => performance.now() - since > AT_ONCE;
  const stays = before !== null && isWhole(before.value) && isAlike(before.wish, wish);
  const requests = tilesOf(wish);
  const tiles = allocateTiles(run, requests);
  own(() => tiles.release());
  for (let layer = 0; layer < map.layers; layer++) {
    if (isLong()) signal.throwIfAborted();
    const first = layer * map.heads;
    await map.tiles(requests.slice(first, first + map.heads), tiles.buffer, tiles.offsets[first] ?? 0);
    if (!stays || isLong()) show({ ...wish, tiles, layers: layer + 1, largest: null });
    progress((layer + 1) / map.layers);
  }
  return { ...wish, tiles, layers: map.layers, largest: largest(await readTiles(run, tiles)) };
}

function isWhole({ largest: found }: GridPicture): boolean {
  return found !== null;
}

/** True for pictures of the same heads on the same device. */
function isAlike(a: GridWish, b: GridWish): boolean {
  return a.run.model.id === b.run.model.id && a.run.gpu === b.run.gpu && a.map.kind === b.map.kind;
}

/** One tile a head, layer by layer. */
function tilesOf({ map, rows, columns, firstKey, pool }: GridWish): PatternTile[] {
  return Array.from({ length: map.layers * map.heads }, (_, index) => ({
    ...{ layer: Math.floor(index / map.heads), head: index % map.heads },
    ...{ rows: [0, map.queries.length], columns: [firstKey, map.keys.length] },
    ...{ height: rows, width: columns, pool },
  }));
}
