import type { Mark, Paint } from '../../drawing/drawing.ts';
import { coordinate } from '../../common/numbers.ts';

/** Length and half width of a head, in widths of the line. */
const [LENGTH, HALF] = [5, 2.2];

/** An arrow between two places, CSS pixels; one that is shorter than its head is all head. */
export function arrowMarks(
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
  paint: Paint,
  width: number,
): Mark[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length < 1e-6) return [];
  const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const head = Math.min(LENGTH * width, length);
  const half = (HALF * width * head) / (LENGTH * width);
  const base = { x: to.x - x * head, y: to.y - y * head };
  const corner = (side: 1 | -1) =>
    `${coordinate(base.x - y * half * side)},${coordinate(base.y + x * half * side)}`;
  const d = `M${coordinate(to.x)},${coordinate(to.y)}L${corner(1)}L${corner(-1)}Z`;
  return [
    { kind: 'line', x1: from.x, y1: from.y, x2: base.x, y2: base.y, stroke: paint, strokeWidth: width },
    { kind: 'path', d, fill: paint },
  ];
}
