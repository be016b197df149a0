import type { Point, Projected } from '../../scene/orbit.ts';
import { formatPercent } from '../../common/numbers.ts';
import { elide, visibleText } from '../../common/tokens.ts';
import type { Fit } from './fit.svelte.ts';
import { indexOf, type Mark } from './geometry.ts';

/** A text at a point of the screen, CSS pixels. */
export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  /** `axis` names an axis; the others are tokens, `quiet` ones step back. */
  readonly kind: 'axis' | 'token' | 'quiet' | 'hovered' | 'locked';
}

const LONGEST_LABEL = 16;
/** Tokens that are asked whether there is room for their names; of more, evenly spread ones. */
const MOST_NAMED = 500;

/** The place of a point in the scene. */
export function pointAt({ places }: Pick<Fit, 'places'>, index: number): Point {
  return [places[index * 3] ?? 0, places[index * 3 + 1] ?? 0, places[index * 3 + 2] ?? 0];
}

/**
 * Names of the axes at their ends, and of tokens where their paths end; a hovered or locked token is named at the
 * point that is looked at.
 */
export function labelsOf(
  fit: Fit,
  until: number,
  marks: { readonly hovered: Mark | null; readonly locked: Mark | null },
  screen: { readonly width: number; readonly height: number },
  project: (point: Point) => Projected,
): Label[] {
  const onScreen = (point: Point) => {
    const { x, y, depth } = project(point);
    return { x: x * screen.width, y: y * screen.height, depth };
  };
  const { coordinates, box, run } = fit;
  const [a, b, c] = box.half;
  const ends: readonly Point[] = [
    [a, -b, -c],
    [-a, b, -c],
    [-a, -b, c],
  ];
  const labels: Label[] = ends.map((end, axis) => ({
    ...onScreen(end),
    text: `PC${axis + 1} ${formatPercent(coordinates.explained[axis] ?? 0)}`,
    kind: 'axis',
  }));
  const isQuiet = marks.hovered !== null || marks.locked !== null;
  const state = fit.join === 'layers' ? until : fit.state;
  const { firstToken, tokens } = coordinates;
  const step = Math.ceil(tokens / MOST_NAMED);
  const named = new Set<number>();
  for (let token = firstToken; token < firstToken + tokens; token += step) named.add(token);
  for (const mark of [marks.hovered, marks.locked]) if (mark !== null) named.add(mark.token);
  for (const token of named) {
    const kind =
      marks.locked?.token === token
        ? 'locked'
        : marks.hovered?.token === token
          ? 'hovered'
          : isQuiet
            ? 'quiet'
            : 'token';
    const looked = kind === 'locked' ? marks.locked : kind === 'hovered' ? marks.hovered : null;
    const index = indexOf(coordinates, looked ?? { state, token });
    if (index === null) continue;
    const place = onScreen(pointAt(fit, index));
    const text = elide(visibleText(run.tokens[token]?.text ?? ''), LONGEST_LABEL);
    if (place.depth > 0) labels.push({ ...place, text, kind });
  }
  return labels;
}
