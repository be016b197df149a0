import { SCALE_STEPS, type Rgb } from '../../common/heatmap/scale.ts';
import type { Lines, Points } from '../../scene/scene.ts';
import type { Coordinates } from './coordinates.ts';

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
 * Where along the scale of colours a point lies, 0 … 1: by state along layers, by position along tokens; one alone in the
 * middle.
 * @param count states of the run (along layers), or tokens of the run (along tokens)
 */
export function shade(join: Join, { state, token }: Mark, count: number): number {
  return count > 1 ? (join === 'layers' ? state : token) / (count - 1) : 0.5;
}

/** The scale's part that stands out from light and dark grounds: its ends would fade into one of them. */
export const CONTRASTING: readonly [number, number] = [0.2, 0.82];

/** That part, as a scale of its own. */
export function contrasting(colours: readonly Rgb[]): readonly Rgb[] {
  const [from, to] = CONTRASTING;
  return Array.from({ length: SCALE_STEPS }, (_, i) => {
    const at = from + ((to - from) * i) / (SCALE_STEPS - 1);
    return colours[Math.min(Math.round(at * SCALE_STEPS), SCALE_STEPS - 1)] ?? [0, 0, 0];
  });
}

/** What stands where, and what is looked at. */
export interface Shape {
  readonly coordinates: Coordinates;
  /** Places in the scene's units, [states, tokens, 3]. */
  readonly places: Float32Array;
  readonly join: Join;
  /** Along layers: the last state that is shown. */
  readonly until: number;
  /** Tokens whose points stand out; the others step back when there are any. */
  readonly marked: readonly Mark[];
}

/** What a picture is made of. */
export interface Picture extends Shape {
  /** Colour of a point. */
  readonly colour: (mark: Mark) => Rgb;
  /** Sizes are multiplied by it: 1 in a window. */
  readonly unit: number;
}

/** True for a point that steps back, since another token is looked at. */
export function stepsBack({ join, marked }: Pick<Shape, 'join' | 'marked'>, { token }: Mark): boolean {
  return join === 'layers' && marked.length > 0 && !marked.some((mark) => mark.token === token);
}

/** A point is shown: along layers those up to `until`. */
export function isShown({ join, until }: Pick<Shape, 'join' | 'until'>, { state }: Mark): boolean {
  return join === 'tokens' || state <= until;
}

/** Diameters of all points in CSS pixels; 0 for those that are not shown. */
export function sizesOf(shape: Shape, unit = 1): Float32Array {
  const { coordinates, places, join, until, marked } = shape;
  const shrink = Math.min(Math.max(Math.sqrt(ROOMY_TOKENS / coordinates.tokens), MOST_SHRUNK), 1);
  return Float32Array.from({ length: places.length / 3 }, (_, index) => {
    const mark = markOf(coordinates, index);
    if (!isShown(shape, mark)) return 0;
    if (marked.some(({ state, token }) => state === mark.state && token === mark.token))
      return MARKED_POINT * unit;
    return (join === 'tokens' || mark.state === until ? HEAD_POINT : POINT) * shrink * unit;
  });
}

export function pointsOf(picture: Picture): Points {
  const { coordinates, places, unit } = picture;
  const sizes = sizesOf(picture, unit);
  const colours = new Float32Array(places.length);
  for (let index = 0; index < sizes.length; index++)
    colours.set(picture.colour(markOf(coordinates, index)), index * 3);
  return { places, colours, sizes };
}

/** Pairs of indices that lines join. */
export function joints({ coordinates, join, until }: Shape, onlyToken: number | null = null): number[] {
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
