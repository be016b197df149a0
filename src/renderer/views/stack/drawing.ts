import { along, type Domain } from '../../common/heatmap/scale.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { holdsInvalid } from '../../drawing/parts/heatmap.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { textWidth } from '../../drawing/text.ts';
import { mustBeSeen } from '../../scene/names.ts';
import { placeLabels } from '../../scene/labels.ts';
import { projector, type Orbit, type Point } from '../../scene/orbit.ts';
import { planeOf, type Merge, type StackPictures } from './pictures.ts';
import { edgesIn, heightOf, namesIn, spaceOf } from './space.ts';

/** Cells of a figure at most, over all planes; more become coarser. */
const MOST_CELLS = 12_000;
/** Weights below this share of the scale are the plane's ground. */
const LEAST = 0.02;

export interface StackLook {
  readonly merge: Merge;
  readonly head: number;
  readonly domain: Domain;
  readonly camera: Orbit;
  readonly title: string;
  readonly query: number | null;
  readonly key: number | null;
}

/** The planes as shapes, what is far first. */
export function stackDrawing(
  pictures: StackPictures,
  look: StackLook,
  { width, height, text }: DrawingSize,
): Drawing {
  const { map, firstKey } = pictures;
  const space = spaceOf(pictures);
  const top = text * 2.6;
  const room = height - top - text * 3;
  const project = projector(look.camera, width / room);
  const at = (point: Point) => {
    const { x, y, depth } = project(point);
    return { x: x * width, y: top + y * room, depth };
  };
  const planes = Array.from({ length: map.layers }, (_, layer) => ({
    layer,
    depth: at([0, heightOf(space, layer), 0]).depth,
  })).sort((a, b) => b.depth - a.depth);
  const marks: Mark[] = [
    { kind: 'text', x: text, y: text * 1.7, text: look.title, size: text, fill: 'text-1', weight: 700 },
  ];
  const edges = edgesIn(space);
  for (const { layer } of planes) {
    marks.push(...planeMarks(pictures, look, layer, (x, z) => at([x, heightOf(space, layer), z])));
    for (const [from, to] of edges.slice(layer * 4, layer * 4 + 4)) {
      const [a, b] = [at(from), at(to)];
      marks.push({
        kind: 'line',
        x1: a.x,
        y1: a.y,
        x2: b.x,
        y2: b.y,
        stroke: 'line-3',
        strokeWidth: text / 12,
      });
    }
  }
  const names = namesIn(space, [map.queries, map.keys.slice(firstKey)], look);
  const wishes = names.map((name, index) => {
    const { x, y, depth } = at(name.at);
    const family = name.kind === 'axis' ? ('sans' as const) : ('mono' as const);
    const size = { width: textWidth(name.text, { size: text, family }) + text * 0.4, height: text * 1.3 };
    return { index, x, y, ...size, must: mustBeSeen(name, names), depth };
  });
  for (const { index, x, y } of placeLabels(wishes, width, height - text * 3)) {
    const name = names[index];
    if (name === undefined) continue;
    marks.push({
      ...{ kind: 'text', x: x + text * 0.2, y: y + text, text: name.text, size: text, halo: 'surface-1' },
      ...{
        family: name.kind === 'axis' ? 'sans' : 'mono',
        fill: name.kind === 'quiet' ? 'text-3' : 'text-1',
      },
    });
  }
  const invalid = holdsInvalid({ values: pictures.values, columns: pictures.values.length });
  const bar = { title: 'weight', domain: look.domain, scale: 'sequential' as const, invalid };
  marks.push(...colourBar({ x: text, y: height - text * 2.4 }, bar, text).marks);
  return { width, height, marks, title: look.title };
}

function planeMarks(
  pictures: StackPictures,
  { merge, head, domain }: StackLook,
  layer: number,
  at: (x: number, z: number) => { readonly x: number; readonly y: number },
): Mark[] {
  const { rows, columns, map } = pictures;
  const values = planeOf(pictures, layer, merge, head);
  const { half } = spaceOf(pictures);
  const quad = (left: number, back: number, right: number, front: number) =>
    [at(left, back), at(right, back), at(right, front), at(left, front)].flatMap(({ x, y }) => [x, y]);
  const step = Math.max(1, Math.ceil(Math.sqrt((map.layers * rows * columns) / MOST_CELLS)));
  const marks: Mark[] = [
    {
      ...{ kind: 'polyline', id: `plane-${layer}`, points: quad(-half[0], -half[2], half[0], half[2]) },
      ...{ closed: true, fill: 'surface-2', opacity: 0.75 },
    },
  ];
  const x = (column: number) => half[0] * ((2 * Math.min(column, columns)) / columns - 1);
  const z = (row: number) => half[2] * ((2 * Math.min(row, rows)) / rows - 1);
  for (let row = 0; row < rows; row += step)
    for (let column = 0; column < columns; column += step) {
      let value = 0;
      for (let i = row; i < Math.min(row + step, rows); i++)
        for (let j = column; j < Math.min(column + step, columns); j++)
          value = Math.max(value, values[i * columns + j] ?? 0);
      const place = along(value, domain);
      if (place <= LEAST) continue;
      marks.push({
        ...{ kind: 'polyline', closed: true, fill: { scale: 'sequential', at: place }, opacity: 0.9 },
        points: quad(x(column), z(row), x(column + step), z(row + step)),
      });
    }
  return marks;
}
