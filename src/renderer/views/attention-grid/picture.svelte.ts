import { tick } from 'svelte';
import { toApiError } from '../../../common/error.ts';
import type { ApiError } from '../../../common/contract.ts';
import type { AttentionMap, PatternTile, Run } from '../../runs/run.ts';
import { isAbort, Latest, sameFields } from '../../common/latest.ts';
import { allocateTiles, largest, readTiles, type Tiles } from '../../common/tiles.ts';

/** What thumbnails are wanted. */
export interface GridRequest {
  readonly run: Run;
  readonly map: AttentionMap;
  /** Cells of a thumbnail. */
  readonly rows: number;
  readonly columns: number;
  readonly firstKey: number;
}

/** Thumbnails that are on the GPU; layers [0, layers) are computed. */
export interface GridPicture extends GridRequest {
  readonly tiles: Tiles;
  readonly layers: number;
}

/** The thumbnails of every head, pooled to the screen's resolution; the newest request wins. */
export class GridPatterns {
  picture = $state.raw<GridPicture | null>(null);
  /** The largest weight in the picture; known once it is complete. */
  largest = $state(1);
  error = $state.raw<ApiError | null>(null);

  readonly #latest = new Latest<GridRequest>(
    (request) => this.#compute(request),
    (error) => {
      this.#asked = null;
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );
  #asked: GridRequest | null = null;

  request(request: GridRequest): void {
    if (sameFields(this.#asked, request)) return;
    this.#asked = request;
    this.#latest.ask(request);
  }

  /** Computes nothing any more and gives the thumbnails back. */
  async close(): Promise<void> {
    await this.#latest.close();
    this.picture?.tiles.release();
    this.picture = null;
  }

  async #compute(request: GridRequest): Promise<void> {
    const { run, map } = request;
    const requests = tilesOf(request);
    const before = this.picture?.tiles;
    const tiles = allocateTiles(run, requests);
    try {
      for (let layer = 0; layer < map.layers && !this.#latest.closed; layer++) {
        const first = layer * map.heads;
        await map.tiles(requests.slice(first, first + map.heads), tiles.buffer, tiles.offsets[first] ?? 0);
        this.picture = { ...request, tiles, layers: layer + 1 };
      }
      this.error = null;
      if (request.firstKey > 0) this.largest = largest(await readTiles(run, tiles));
    } catch (error) {
      if (this.picture?.tiles === tiles) this.picture = null;
      throw error;
    } finally {
      // The canvas has followed `picture` by then, and lets go of the others.
      await tick();
      for (const made of [before, tiles]) if (made !== this.picture?.tiles) made?.release();
    }
  }
}

/** One tile a head, layer by layer. */
function tilesOf({ map, rows, columns, firstKey }: GridRequest): PatternTile[] {
  return Array.from({ length: map.layers * map.heads }, (_, index) => ({
    layer: Math.floor(index / map.heads),
    head: index % map.heads,
    rows: [0, map.queries.length],
    columns: [firstKey, map.keys.length],
    height: rows,
    width: columns,
    pool: 'max',
  }));
}
