/** Where planes, tokens and names stand in space: keys along x, queries along z, layers upwards. */
import { elide, visibleText } from '../../common/tokens.ts';
import type { Name } from '../../scene/names.ts';
import { fitted, type Orbit, type Point } from '../../scene/orbit.ts';
import type { Token } from '../../runs/run.ts';
import type { StackPictures } from './pictures.ts';

/** Between two layers, and the whole stack at most, in sides of a plane. */
const GAP = 0.34;
const TALLEST = 1.5;
/** Names along an edge at most. */
const MOST_NAMES = 24;
const LONGEST = 14;

export interface Space {
  /** Half its sides along x, y and z. */
  readonly half: Point;
  readonly layers: number;
}

export function spaceOf({ map, rows, columns }: Pick<StackPictures, 'map' | 'rows' | 'columns'>): Space {
  const wide = Math.max(rows, columns);
  const tall = Math.min(TALLEST, GAP * (map.layers - 1));
  return { half: [columns / wide / 2, tall / 2, rows / wide / 2], layers: map.layers };
}

/** Height of a layer's plane: the first is the lowest. */
export function heightOf({ half, layers }: Space, layer: number): number {
  return layers === 1 ? 0 : half[1] * ((2 * layer) / (layers - 1) - 1);
}

/** Cameras to look from. */
export const SHOTS = ['corner', 'above', 'side'] as const;
export type Shot = (typeof SHOTS)[number];
const ANGLES: Readonly<Record<Shot, Pick<Orbit, 'yaw' | 'pitch'>>> = {
  corner: { yaw: 0.62, pitch: 0.5 },
  above: { yaw: 0, pitch: 1.5 },
  side: { yaw: 0, pitch: 0.12 },
};

export function shotOf(shot: Shot, { half }: Space, aspect: number): Orbit {
  // Room for names around the planes.
  const room: Point = [half[0] + 0.14, half[1] + 0.08, half[2] + 0.14];
  return fitted(room, aspect, ANGLES[shot]);
}

/** Middle of a token along an edge from −half to half. */
function along(index: number, count: number, half: number): number {
  return half * ((2 * (index + 0.5)) / count - 1);
}

/** A token's place on a layer's plane, of a query and of a key. */
export function placeIn(
  space: Space,
  layer: number,
  query: number,
  key: number,
  counts: readonly [number, number],
): Point {
  return [
    along(key, counts[1], space.half[0]),
    heightOf(space, layer),
    along(query, counts[0], space.half[2]),
  ];
}

/** Layers beside their planes, keys along the front edge and queries along the right one, on the lowest plane. */
export function namesIn(
  space: Space,
  [queries, keys]: readonly [readonly Token[], readonly Token[]],
  looked: { readonly query: number | null; readonly key: number | null },
): Name[] {
  const [x, , z] = space.half;
  const layers = Array.from({ length: space.layers }, (_, layer): Name => ({
    ...{ text: `L${layer}`, at: [-x - 0.06, heightOf(space, layer), z], kind: 'axis' },
  }));
  const floor = heightOf(space, 0);
  const names = (tokens: readonly Token[], own: number | null, at: (index: number) => Point): Name[] => {
    const step = Math.ceil(tokens.length / MOST_NAMES);
    return tokens.flatMap((token, index): Name[] => {
      const isOwn = index === own;
      if (!isOwn && index % step !== 0) return [];
      const kind = isOwn ? 'hovered' : own === null ? 'token' : 'quiet';
      return [{ text: elide(visibleText(token.text), LONGEST), at: at(index), kind }];
    });
  };
  return [
    ...layers,
    ...names(keys, looked.key, (index) => [along(index, keys.length, x), floor, z + 0.06]),
    ...names(queries, looked.query, (index) => [x + 0.06, floor, along(index, queries.length, z)]),
  ];
}

/** Edges of all planes, and a column through them where a token stands. @returns pairs of points */
export function columnsIn(
  space: Space,
  at: { readonly query: number; readonly key: number },
  counts: readonly [number, number],
): [Point, Point][] {
  const low = placeIn(space, 0, at.query, at.key, counts);
  const high = placeIn(space, space.layers - 1, at.query, at.key, counts);
  return [[low, high]];
}

/** The four edges of each plane. */
export function edgesIn(space: Space): [Point, Point][] {
  const [x, , z] = space.half;
  return Array.from({ length: space.layers }, (_, layer) => {
    const y = heightOf(space, layer);
    const corners: Point[] = [
      [-x, y, -z],
      [x, y, -z],
      [x, y, z],
      [-x, y, z],
    ];
    return corners.map((corner, i): [Point, Point] => [corner, corners[(i + 1) % 4] ?? corner]);
  }).flat();
}
