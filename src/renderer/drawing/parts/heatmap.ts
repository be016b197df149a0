import { along, type Domain } from '../../common/heatmap/scale.ts';
import { MASKED, type Mark, type Paint, type ScaleRole } from '../drawing.ts';

/** From this many cells on a heatmap is one image. */
const CELLS_AS_IMAGE = 4096;
/** Cells of this size stand apart from each other. */
const APART = 8;

export interface HeatmapCells {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] */
  readonly values: ArrayLike<number>;
  readonly domain: Domain;
  readonly scale: ScaleRole;
  /** One image however few cells it has, such as where it is one of many. */
  readonly isImage?: boolean;
  /** Cells that can hold no value. */
  isMasked?(row: number, column: number): boolean;
}

/** A heatmap: rectangles, which a drawing program can edit, or one image of exactly one pixel a cell. */
export function heatmapMarks(
  cells: HeatmapCells,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): Mark[] {
  const { rows, columns, scale } = cells;
  const places = placesOf(cells);
  if (cells.isImage === true || rows * columns >= CELLS_AS_IMAGE)
    return [{ kind: 'image', ...place, raster: { rows, columns, places, scale } }];
  const [width, height] = [place.width / columns, place.height / rows];
  const gap = Math.min(width, height) >= APART ? 1 : 0;
  return Array.from(places, (at, index): Mark => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const fill: Paint = at === MASKED ? 'surface-3' : Number.isNaN(at) ? 'danger' : { scale, at };
    return {
      ...{ kind: 'rect', x: place.x + column * width, y: place.y + row * height, crisp: true, fill },
      ...{ width: width - gap, height: height - gap },
    };
  });
}

/** Some cells have no finite value: the legend then says what their colour is. */
export function holdsInvalid({
  values,
  columns,
  isMasked,
}: Pick<HeatmapCells, 'values' | 'columns' | 'isMasked'>): boolean {
  for (let at = 0; at < values.length; at++)
    if (!Number.isFinite(values[at]) && isMasked?.(Math.floor(at / columns), at % columns) !== true)
      return true;
  return false;
}

function placesOf({ rows, columns, values, domain, isMasked }: HeatmapCells): Float32Array {
  const places = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] ?? NaN;
      const isHidden = isMasked?.(row, column) === true;
      places[row * columns + column] = isHidden
        ? MASKED
        : Number.isFinite(value)
          ? along(value, domain)
          : NaN;
    }
  return places;
}
