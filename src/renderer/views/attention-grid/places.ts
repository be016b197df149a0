import type { HeatmapPlace } from '../../common/heatmap/heatmap.ts';
import { cornerOf, type GridLayout } from './layout.ts';
import type { GridPicture } from './patterns.ts';

/** What of the grid is on screen; lengths in CSS pixels. */
interface Viewed {
  /** Left edge of the grid. */
  readonly indent: number;
  readonly scroll: { readonly left: number; readonly top: number };
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly height: number;
}

/** Where the heads that can be seen are drawn. */
export function gridPlaces(
  layout: GridLayout,
  { tiles, map, layers, rows, columns, firstKey }: GridPicture,
  { indent, scroll, ratio, height }: Viewed,
): HeatmapPlace[] {
  const places: HeatmapPlace[] = [];
  const size = [Math.round(layout.thumb.width * ratio), Math.round(layout.thumb.height * ratio)] as const;
  for (let index = 0; index < layers * map.heads; index++) {
    const corner = cornerOf(layout, Math.floor(index / map.heads), index % map.heads);
    const x = Math.round((indent + corner.x - scroll.left) * ratio);
    const y = Math.round((corner.y - scroll.top) * ratio);
    if (y + size[1] < 0 || y > height * ratio) continue;
    places.push({
      rect: [x, y, ...size],
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
