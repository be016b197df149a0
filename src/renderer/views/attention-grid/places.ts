import type { HeatmapPlace } from '../../common/heatmap/heatmap.ts';
import { cornerOf, type GridLayout } from './layout.ts';
import type { GridPicture } from './picture.svelte.ts';

/** What of the grid is on screen; lengths in CSS pixels, `pixels` (a head's side) in those of the screen. */
interface Viewed {
  /** Left edge of the grid. */
  readonly indent: number;
  readonly scroll: { readonly x: number; readonly y: number };
  readonly ratio: number;
  readonly height: number;
  readonly pixels: number;
}

/** Where the heads that can be seen are drawn. */
export function gridPlaces(
  layout: GridLayout,
  { tiles, map, layers, rows, columns, firstKey }: GridPicture,
  { indent, scroll, ratio, height, pixels }: Viewed,
): HeatmapPlace[] {
  const places: HeatmapPlace[] = [];
  for (let index = 0; index < layers * map.heads; index++) {
    const corner = cornerOf(layout, Math.floor(index / map.heads), index % map.heads);
    const x = Math.round((indent + corner.x - scroll.x) * ratio);
    const y = Math.round((corner.y - scroll.y) * ratio);
    if (y + pixels < 0 || y > height * ratio) continue;
    places.push({
      rect: [x, y, pixels, pixels],
      start: [0, firstKey],
      span: [map.queries.length, map.keys.length - firstKey],
      offset: tiles.offsets[index] ?? 0,
      stride: columns,
      rows,
      columns,
    });
  }
  return places;
}
