import type { Work } from '../../common/computed.svelte.ts';
import { place, type TileSide, type Viewport } from '../../common/heatmap/viewport.ts';
import type { HeatmapPlace } from '../../common/heatmap/heatmap.ts';
import { requestTiles, type Tiles } from '../../common/tiles.ts';
import type { AttentionMap, PatternTile, Run } from '../../runs/run.ts';

/** What part of which head is wanted: rows and columns [from, to) in so many cells. */
export interface HeadWish {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly layer: number;
  readonly head: number;
  readonly top: number;
  readonly bottom: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly width: number;
}

/** A part of a head that is on the GPU. */
export interface HeadPicture {
  readonly map: AttentionMap;
  readonly rows: TileSide;
  readonly columns: TileSide;
  readonly tiles: Tiles;
}

/** A tile of one head at the screen's resolution. */
export async function headPicture(
  wish: HeadWish,
  { own }: Pick<Work<HeadPicture>, 'own'>,
): Promise<HeadPicture> {
  const { run, map, layer, head, top, bottom, height, left, right, width } = wish;
  const tile: PatternTile = {
    ...{ layer, head, rows: [top, bottom], columns: [left, right], height, width, pool: 'max' },
  };
  const tiles = await requestTiles(run, map, [tile]);
  own(() => tiles.release());
  return {
    map,
    rows: { from: top, to: bottom, cells: height },
    columns: { from: left, to: right, cells: width },
    tiles,
  };
}

/** Where a picture lies on `width` × `height` device pixels that show a part of its head. */
export function headPlace(
  { rows, columns, tiles }: HeadPicture,
  view: Viewport,
  width: number,
  height: number,
): HeatmapPlace {
  const across = place(columns.from, columns.to, view.left, view.right, width);
  const down = place(rows.from, rows.to, view.top, view.bottom, height);
  return {
    rect: [across.at, down.at, across.size, down.size],
    start: [rows.from, columns.from],
    span: [rows.to - rows.from, columns.to - columns.from],
    offset: tiles.offsets[0] ?? 0,
    stride: columns.cells,
    rows: rows.cells,
    columns: columns.cells,
  };
}

/** The cells [from, to) that cell `at` of a tile's side stands for. */
export function cellSpan({ from, to, cells }: TileSide, at: number): readonly [number, number] {
  const span = to - from;
  return [from + Math.floor((at * span) / cells), from + Math.ceil(((at + 1) * span) / cells)];
}
