import { counted, formatPercent } from '../../common/numbers.ts';
import { elide } from '../../common/tokens.ts';
import type { Name } from '../../scene/names.ts';
import type { Point } from '../../scene/orbit.ts';
import { frameOf, spreadOf } from './box.ts';
import type { Fit } from './fit.ts';
import { indexOf, type Mark } from './geometry.ts';
import { pointName } from './states.ts';

const LONGEST_LABEL = 16;
/** Tokens that are asked whether there is room for their names; of more, evenly spread ones. */
const MOST_NAMED = 500;

/** The place of a point in the scene. */
export function pointAt({ places }: Pick<Fit, 'places'>, index: number): Point {
  return [places[index * 3] ?? 0, places[index * 3 + 1] ?? 0, places[index * 3 + 2] ?? 0];
}

/** How much of the variance the axes show: `2 axes show 74.5 % of the variance`; null: all points are at one place. */
export function explainedOf({ coordinates, box }: Pick<Fit, 'coordinates' | 'box'>): string | null {
  const axes = spreadOf(box).length;
  if (axes === 0) return null;
  const share = coordinates.explained.reduce((sum, own) => sum + own, 0);
  return `${counted(axes, 'axis shows', 'axes show')} ${formatPercent(share)} of the variance`;
}

/**
 * Names of the axes at their ends, and of tokens where their paths end; a hovered or locked token is named at the
 * point that is looked at.
 */
export function namesOf(
  fit: Fit,
  until: number,
  marks: { readonly hovered: Mark | null; readonly locked: Mark | null },
): Name[] {
  const { coordinates, box, run } = fit;
  const axes = frameOf(box).flatMap(({ axis, to }): Name[] =>
    axis === null
      ? []
      : [{ at: to, text: `PC${axis + 1} ${formatPercent(coordinates.explained[axis])}`, kind: 'axis' }],
  );
  const isQuiet = marks.hovered !== null || marks.locked !== null;
  const state = fit.join === 'layers' ? until : fit.state;
  const { firstToken, tokens } = coordinates;
  const step = Math.ceil(tokens / MOST_NAMED);
  const named = new Set<number>();
  for (let token = firstToken; token < firstToken + tokens; token += step) named.add(token);
  for (const mark of [marks.hovered, marks.locked]) if (mark !== null) named.add(mark.token);
  const points = [...named].flatMap((token): Name[] => {
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
    if (index === null) return [];
    return [{ at: pointAt(fit, index), text: elide(pointName(run, token), LONGEST_LABEL), kind }];
  });
  return [...axes, ...points];
}
