import { SCALE_STEPS, type Rgb } from '../../common/heatmap/scale.ts';
import type { Lines, Points } from '../../scene/scene.ts';
import type { Coordinates } from './states.ts';

/** What lines join: a token's states from layer to layer, or the tokens of one state in their order. */
export type Join = 'layers' | 'tokens';

/** A point of the picture: a token in a state. */
export interface Mark {
  readonly state: number;
  readonly token: number;
}

/** Diameters in CSS pixels. */
const POINT = 6;
const HEAD_POINT = 10;
const MARKED_POINT = 15;
/** With more tokens than this, points shrink so that they do not hide each other. */
const ROOMY_TOKENS = 60;
const MOST_SHRUNK = 0.6;

/** The index of a point among the places; null for one that is not in the picture. */
export function indexOf(
  { firstState, states, firstToken, tokens }: Coordinates,
  { state, token }: Mark,
): number | null {
  const row = state - firstState;
  const column = token - firstToken;
  return row < 0 || column < 0 || row >= states || column >= tokens ? null : row * tokens + column;
}

/** The point of an index among the places. */
export function markOf({ firstState, firstToken, tokens }: Coordinates, index: number): Mark {
  return { state: firstState + Math.floor(index / tokens), token: firstToken + (index % tokens) };
}

/**
 * Where along the scale of colours a point lies, 0 … 1: by state along layers, by position along tokens.
 * @param count states of the run (along layers), or tokens of the run (along tokens)
 */
export function shade(join: Join, { state, token }: Mark, count: number): number {
  return (join === 'layers' ? state : token) / Math.max(count - 1, 1);
}

/** The scale's part that stands out from the ground: its far end would fade into it. */
export function contrasting(colours: readonly Rgb[], ground: 'light' | 'dark'): readonly Rgb[] {
  const [from, to] = ground === 'dark' ? [0.22, 1] : [0, 0.78];
  return Array.from({ length: SCALE_STEPS }, (_, i) => {
    const at = from + ((to - from) * i) / (SCALE_STEPS - 1);
    return colours[Math.min(Math.round(at * SCALE_STEPS), SCALE_STEPS - 1)] ?? [0, 0, 0];
  });
}

/** What a picture is made of. */
export interface Picture {
  readonly coordinates: Coordinates;
  /** Places in the scene's units, [states, tokens, 3]. */
  readonly places: Float32Array;
  readonly join: Join;
  /** Along layers: the last state that is shown. */
  readonly until: number;
  /** Colour of a point. */
  readonly colour: (mark: Mark) => Rgb;
  /** Tokens whose points stand out; the others step back when there are any. */
  readonly marked: readonly Mark[];
}

/** A point is shown: along layers those up to `until`. */
export function isShown({ join, until }: Pick<Picture, 'join' | 'until'>, { state }: Mark): boolean {
  return join === 'tokens' || state <= until;
}

export function pointsOf(picture: Picture): Points {
  const { coordinates, places, join, until, marked } = picture;
  const count = places.length / 3;
  const colours = new Float32Array(count * 3);
  const sizes = new Float32Array(count);
  const shrink = Math.min(Math.max(Math.sqrt(ROOMY_TOKENS / coordinates.tokens), MOST_SHRUNK), 1);
  for (let index = 0; index < count; index++) {
    const mark = markOf(coordinates, index);
    colours.set(picture.colour(mark), index * 3);
    const isEnd = join === 'tokens' || mark.state === until;
    const isMarked = marked.some(({ state, token }) => state === mark.state && token === mark.token);
    if (isShown(picture, mark))
      sizes[index] = isMarked ? MARKED_POINT : (isEnd ? HEAD_POINT : POINT) * shrink;
  }
  return { places, colours, sizes };
}

/** Pairs of indices that lines join. */
export function joints({ coordinates, join, until }: Picture, onlyToken: number | null = null): number[] {
  const { states, tokens, firstState, firstToken } = coordinates;
  const pairs: number[] = [];
  if (join === 'tokens') {
    if (onlyToken !== null) return pairs;
    for (let token = 1; token < tokens; token++) pairs.push(token - 1, token);
    return pairs;
  }
  const last = Math.min(until - firstState, states - 1);
  for (let token = 0; token < tokens; token++) {
    if (onlyToken !== null && token + firstToken !== onlyToken) continue;
    for (let state = 1; state <= last; state++)
      pairs.push((state - 1) * tokens + token, state * tokens + token);
  }
  return pairs;
}

/** Lines between points, each end in its point's colour. */
export function linesOf(
  points: Pick<Points, 'places' | 'colours'>,
  pairs: readonly number[],
  width: number,
): Lines {
  const places = new Float32Array(pairs.length * 3);
  const colours = new Float32Array(pairs.length * 3);
  for (let i = 0; i < pairs.length; i++) {
    const from = (pairs[i] ?? 0) * 3;
    for (let k = 0; k < 3; k++) {
      places[i * 3 + k] = points.places[from + k] ?? 0;
      colours[i * 3 + k] = points.colours[from + k] ?? 0;
    }
  }
  return { places, colours, width };
}

/** The edges of a box around the origin, [12, 2, 3]; the three axes at its lower back corner stand first. */
export function boxLines(half: readonly [number, number, number], edge: Rgb, axis: Rgb): Lines {
  const corner = (x: number, y: number, z: number) => [x * half[0], y * half[1], z * half[2]];
  const edges = [
    [corner(-1, -1, -1), corner(1, -1, -1)],
    [corner(-1, -1, -1), corner(-1, 1, -1)],
    [corner(-1, -1, -1), corner(-1, -1, 1)],
    [corner(1, -1, -1), corner(1, 1, -1)],
    [corner(1, -1, -1), corner(1, -1, 1)],
    [corner(-1, 1, -1), corner(1, 1, -1)],
    [corner(-1, 1, -1), corner(-1, 1, 1)],
    [corner(-1, -1, 1), corner(1, -1, 1)],
    [corner(-1, -1, 1), corner(-1, 1, 1)],
    [corner(1, 1, -1), corner(1, 1, 1)],
    [corner(1, -1, 1), corner(1, 1, 1)],
    [corner(-1, 1, 1), corner(1, 1, 1)],
  ];
  return {
    places: Float32Array.from(edges.flat(2)),
    colours: Float32Array.from(edges.flatMap((_, i) => (i < 3 ? [...axis, ...axis] : [...edge, ...edge]))),
    width: 1.5,
  };
}
