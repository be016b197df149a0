/** What stands on a map of words, and where. */
import type { DrawingSize } from '../../drawing/drawing.ts';
import type { Run } from '../../runs/run.ts';
import { isSubtracted, nameOf, sumOf, type Neighbourhood } from '../../common/words.ts';

/** A point of the map. */
export interface MapPoint {
  readonly kind: 'word' | 'subtracted' | 'sum' | 'near';
  readonly text: string;
  /** Position in the run; null for a word that is only near. */
  readonly position: number | null;
  /** Of a word that is near: its id, the position that it is near to, and the cosine. */
  readonly id: number;
  readonly of: number;
  readonly cosine: number;
  /** The word nearest to the sum. */
  readonly isAnswer: boolean;
}

/** The words of the text, then the words that are near; each stands once, where it is nearest to the sum first. */
export function mapPoints(run: Run, found: readonly Neighbourhood[]): MapPoint[] {
  const sum = sumOf(run);
  const own = [...found]
    .sort((a, b) => a.position - b.position)
    .map(({ position }): MapPoint => ({
      kind: position === sum ? 'sum' : isSubtracted(run, position) ? 'subtracted' : 'word',
      text: nameOf(run, position),
      position,
      id: run.tokens[position]?.id ?? 0,
      of: position,
      cosine: 1,
      isAnswer: false,
    }));
  const seen = new Set<number>();
  const near: MapPoint[] = [];
  for (const { position, nearest } of found)
    for (const { token, logit } of nearest) {
      if (seen.has(token.id)) continue;
      seen.add(token.id);
      near.push({
        kind: 'near',
        text: token.text,
        position: null,
        id: token.id,
        of: position,
        cosine: logit,
        isAnswer: position === sum && near.length === 0,
      });
    }
  return [...own, ...near];
}

/** A word of a sum with its sign. */
export interface Term {
  readonly text: string;
  readonly sign: 1 | -1;
  readonly position: number;
}

/** The terms of the text's sum, in their order; none where it is no sum. */
export function termsOf(run: Pick<Run, 'tokens' | 'text'>): readonly Term[] {
  return run.tokens.slice(0, sumOf(run) ?? 0).map((_, position) => ({
    text: nameOf(run, position),
    sign: isSubtracted(run, position) ? -1 : 1,
    position,
  }));
}

/** Where a sum stands after 0, 1, 2 … of its terms, [terms + 1, D]. @param rows of the terms, without their signs */
export function stepsOf(
  rows: Float32Array,
  terms: readonly Pick<Term, 'sign'>[],
  width: number,
): Float32Array<ArrayBuffer> {
  const steps = new Float32Array((terms.length + 1) * width);
  for (const [term, { sign }] of terms.entries())
    for (let d = 0; d < width; d++) {
      const at = term * width + d;
      steps[at + width] = (steps[at] ?? 0) + sign * (rows[at] ?? 0);
    }
  return steps;
}

/** Rows [n, D] at length 1; a row of zeros stays. */
export function atLengthOne(rows: Float32Array<ArrayBuffer>, width: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(rows);
  for (let from = 0; from < rows.length; from += width) {
    const row = result.subarray(from, from + width);
    const length = Math.hypot(...row);
    if (length > 0) for (const [i, value] of row.entries()) row[i] = value / length;
  }
  return result;
}

/** Places on the screen, CSS pixels, from places [n, 3] along the axes: one scale for both axes, room around. */
export function onScreen(
  places: ArrayLike<number>,
  { width, height, text }: DrawingSize,
): readonly { readonly x: number; readonly y: number }[] {
  const points = Array.from({ length: places.length / 3 }, (_, i) => ({
    x: places[i * 3] ?? 0,
    y: places[i * 3 + 1] ?? 0,
  }));
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [left, right] = range(points.map(({ x }) => x));
  const [low, high] = range(points.map(({ y }) => y));
  const [marginX, marginY] = [Math.min(text * 6, width / 5), Math.min(text * 3, height / 5)];
  const scale = Math.min(
    (width - 2 * marginX) / Math.max(right - left, 1e-9),
    (height - 2 * marginY) / Math.max(high - low, 1e-9),
  );
  return points.map(({ x, y }) => ({
    x: width / 2 + (x - (left + right) / 2) * scale,
    y: height / 2 - (y - (low + high) / 2) * scale,
  }));
}
