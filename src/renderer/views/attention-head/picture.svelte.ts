import { tick } from 'svelte';
import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { TileSide } from '../../common/heatmap/viewport.ts';
import type { AttentionMap, PatternTile, Run } from '../../runs/run.ts';
import { isAbort, Latest, sameFields } from '../../common/latest.ts';
import { largestWeight, requestTiles, type Tiles } from '../../common/tiles.ts';

/** What part of which head is wanted. */
export interface HeadRequest {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly layer: number;
  readonly head: number;
  readonly rows: TileSide;
  readonly columns: TileSide;
  readonly firstKey: number;
}

/** A part of a head that is on the GPU. */
export interface HeadPicture extends HeadRequest {
  readonly tiles: Tiles;
  /** The largest weight of the whole head; 1 when the first key is shown. */
  readonly largest: number;
}

/** One head at the screen's resolution; the newest request wins, and the last picture stays until the next is there. */
export class HeadPattern {
  picture = $state.raw<HeadPicture | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly #latest = new Latest<HeadRequest>(
    (request) => this.#compute(request),
    (error) => {
      this.#asked = null;
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );
  #asked: HeadRequest | null = null;

  request(request: HeadRequest): void {
    const { rows, columns, ...rest } = request;
    const before = this.#asked;
    const isKnown =
      sameFields<Partial<HeadRequest>>(before, rest) &&
      sameFields(before?.rows ?? null, rows) &&
      sameFields(before?.columns ?? null, columns);
    if (isKnown) return;
    this.#asked = request;
    this.#latest.ask(request);
  }

  /** Computes nothing any more and gives the picture back. */
  async close(): Promise<void> {
    await this.#latest.close();
    this.picture?.tiles.release();
    this.picture = null;
  }

  async #compute(request: HeadRequest): Promise<void> {
    const before = this.picture;
    const tiles = await requestTiles(request.run, request.map, [tileOf(request)]);
    try {
      const largest = await this.#largest(request);
      this.picture = { ...request, tiles, largest };
      this.error = null;
    } finally {
      // The canvas has followed `picture` by then, and lets go of the other buffer.
      await tick();
      for (const made of [before?.tiles, tiles]) if (made !== this.picture?.tiles) made?.release();
    }
  }

  async #largest({ run, map, layer, head, firstKey }: HeadRequest): Promise<number> {
    if (firstKey === 0) return 1;
    const last = this.picture;
    const isSame =
      last?.map === map && last.layer === layer && last.head === head && last.firstKey === firstKey;
    return isSame ? last.largest : largestWeight(run, map, layer, head, firstKey);
  }
}

function tileOf({ layer, head, rows, columns }: HeadRequest): PatternTile {
  return {
    layer,
    head,
    rows: [rows.from, rows.to],
    columns: [columns.from, columns.to],
    height: rows.cells,
    width: columns.cells,
    pool: 'max',
  };
}
