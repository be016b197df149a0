/** The box that the points of a scene fill, and its frame. */
import type { Rgb } from '../../common/heatmap/scale.ts';
import type { Point } from '../../scene/orbit.ts';
import type { Lines } from '../../scene/scene.ts';

/** Half sides of the box around all places, and what moves and scales them into a box of half diagonal 1. */
export interface Box {
  readonly half: readonly [number, number, number];
  readonly centre: readonly [number, number, number];
  /** Scene units per unit of the states: the same along all axes, so that distances stay true. */
  readonly scale: number;
}

/** From the outermost points to the frame. */
const AROUND = 0.04;
/** Axes along which places spread by less than this part of the whole have no frame: nobody sees it, or it is rounding. */
const LEAST = 0.03;

/** The box around places [N, 3]. */
export function boxAround(places: Float32Array): Box {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < places.length; i++) {
    const value = places[i] ?? 0;
    low[i % 3] = Math.min(low[i % 3] ?? 0, value);
    high[i % 3] = Math.max(high[i % 3] ?? 0, value);
  }
  const side = (axis: number) => ((high[axis] ?? 0) - (low[axis] ?? 0)) / 2;
  const middle = (axis: number) => ((high[axis] ?? 0) + (low[axis] ?? 0)) / 2;
  const diagonal = Math.hypot(side(0), side(1), side(2));
  if (!(diagonal > 0) || !Number.isFinite(diagonal)) return { half: [0, 0, 0], centre: [0, 0, 0], scale: 1 };
  const scale = 1 / diagonal;
  return {
    half: [side(0) * scale, side(1) * scale, side(2) * scale],
    centre: [middle(0), middle(1), middle(2)],
    scale,
  };
}

/** Places in the scene's units, [N, 3]. */
export function intoBox(places: Float32Array, { centre, scale }: Box): Float32Array {
  return places.map((value, i) => (value - (centre[i % 3] ?? 0)) * scale);
}

/** A line of the frame. */
export interface Edge {
  readonly from: Point;
  readonly to: Point;
  /** Which axis it is; null: an edge of the box that is none. */
  readonly axis: 0 | 1 | 2 | null;
}

const AXES = [0, 1, 2] as const;

/** The axes along which the points spread, so that it is seen. */
export function spreadOf({ half }: Pick<Box, 'half'>): readonly (0 | 1 | 2)[] {
  return AXES.filter((axis) => half[axis] > LEAST);
}

/**
 * The frame around the points: a box whose lower back corner has the three axes. Where the points spread along fewer
 * directions, only these have a line, beside the points, so that nothing looks like data that is not there.
 */
export function frameOf({ half }: Pick<Box, 'half'>): Edge[] {
  const spread = spreadOf({ half });
  if (spread.length === 0) return [];
  const end = (axis: 0 | 1 | 2) => (spread.includes(axis) ? half[axis] + AROUND : AROUND);
  const corner = (signs: readonly number[]): Point => [
    (signs[0] ?? 0) * end(0),
    (signs[1] ?? 0) * end(1),
    (signs[2] ?? 0) * end(2),
  ];
  // Flat: the frame stays in the plane of the points; on a line, it stands below.
  const back = AXES.map((axis) => (spread.includes(axis) || (axis === 1 && spread.length === 1) ? -1 : 0));
  const axes = spread.map((axis): Edge => ({
    from: corner(back),
    to: corner(back.map((sign, i) => (i === axis ? 1 : sign))),
    axis,
  }));
  return spread.length < 3
    ? axes
    : [
        ...axes,
        ...otherEdges().map(([from, to]): Edge => ({ from: corner(from), to: corner(to), axis: null })),
      ];
}

/** The nine edges of a box that do not begin at its lower back corner, as signs of their ends. */
function otherEdges(): [number[], number[]][] {
  return AXES.flatMap((axis) =>
    [
      [-1, 1],
      [1, -1],
      [1, 1],
    ].map((others): [number[], number[]] => {
      const end = (sign: number) =>
        AXES.map((i) => (i === axis ? sign : (others[i > axis ? i - 1 : i] ?? 0)));
      return [end(-1), end(1)];
    }),
  );
}

/** The frame as lines of the scene. */
export function frameLines(edges: readonly Edge[], edge: Rgb, axis: Rgb, width: number): Lines {
  return {
    places: Float32Array.from(edges.flatMap(({ from, to }) => [...from, ...to])),
    colours: Float32Array.from(
      edges.flatMap((one) => (one.axis === null ? [...edge, ...edge] : [...axis, ...axis])),
    ),
    width,
  };
}
