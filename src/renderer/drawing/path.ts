/** A step of a path, absolute. */
export type Segment =
  | { readonly kind: 'M'; readonly x: number; readonly y: number }
  | { readonly kind: 'L'; readonly x: number; readonly y: number }
  | {
      readonly kind: 'C';
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
      readonly x: number;
      readonly y: number;
    }
  | { readonly kind: 'Z' };

const COUNTS: Readonly<Record<string, number>> = { M: 2, L: 2, H: 1, V: 1, C: 6, Q: 4, Z: 0 };

/**
 * Reads an SVG path of absolute M, L, H, V, C, Q and Z; a quadratic curve becomes the cubic one of the same shape.
 * @throws RangeError for other steps, or numbers that are missing
 */
export function parsePath(d: string): Segment[] {
  const segments: Segment[] = [];
  let [x, y] = [0, 0];
  for (const [, letter = '', rest = ''] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*(?:e[+-]?\d+[^a-zA-Z]*)*)/g)) {
    const numbers = (rest.match(/[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/g) ?? []).map(Number);
    const count = COUNTS[letter];
    if (count === undefined || (count === 0 ? numbers.length > 0 : numbers.length % count !== 0))
      throw new RangeError(`“${letter}${rest}” is no step of a path that can be drawn.`);
    if (letter === 'Z') segments.push({ kind: 'Z' });
    for (let i = 0; i < numbers.length; i += count) {
      const at = (offset: number) => numbers[i + offset] ?? 0;
      if (letter === 'C') {
        const [x1, y1, x2, y2] = [at(0), at(1), at(2), at(3)];
        [x, y] = [at(4), at(5)];
        segments.push({ kind: 'C', x1, y1, x2, y2, x, y });
      } else if (letter === 'Q') {
        const [fromX, fromY, midX, midY] = [x, y, at(0), at(1)];
        [x, y] = [at(2), at(3)];
        const third = (end: number, middle: number) => end + (2 / 3) * (middle - end);
        segments.push({
          kind: 'C',
          ...{ x1: third(fromX, midX), y1: third(fromY, midY), x2: third(x, midX), y2: third(y, midY), x, y },
        });
      } else {
        if (letter === 'H') x = at(0);
        else if (letter === 'V') y = at(0);
        else [x, y] = [at(0), at(1)];
        // What follows a move in one step are lines, as SVG says.
        segments.push({ kind: letter === 'M' && i === 0 ? 'M' : 'L', x, y });
      }
    }
  }
  return segments;
}

/** A polyline as path steps. */
export function polylineSegments(points: ArrayLike<number>, closed: boolean): Segment[] {
  const segments: Segment[] = [];
  for (let i = 0; i + 1 < points.length; i += 2)
    segments.push({ kind: i === 0 ? 'M' : 'L', x: points[i] ?? 0, y: points[i + 1] ?? 0 });
  if (closed) segments.push({ kind: 'Z' });
  return segments;
}

/** A number as it is written: at most two decimals, never `-0`. @throws RangeError when it is not finite */
export function short(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`A mark of a drawing stands at ${value}.`);
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/** A path as it is written to files. */
export function pathText(segments: readonly Segment[]): string {
  return segments
    .map((segment) => {
      if (segment.kind === 'Z') return 'Z';
      const { kind, x, y } = segment;
      if (kind !== 'C') return `${kind}${short(x)} ${short(y)}`;
      const { x1, y1, x2, y2 } = segment;
      return `C${[x1, y1, x2, y2, x, y].map(short).join(' ')}`;
    })
    .join('');
}
