/** The brush of the saturation scatter, by keys. */
import type { Brush } from './orders.ts';

/** How far a key moves an edge, and the least that a brush spans, of a square. */
const STEP = 0.05;
const LEAST = 0.05;

/** The brush that keys begin with: the upper left quarter of a square, units that are often above 0.9. */
function firstBrush(lane: string): Brush {
  return { lane, low: [0, 0.5], high: [0.5, 1] };
}

/** The brush after an arrow key; `sizing` moves its upper right corner alone. Null: there is nothing to brush. */
export function movedBrush(
  brush: Brush | null,
  lanes: readonly string[],
  key: string,
  sizing: boolean,
): Brush | null {
  const [first] = lanes;
  if (first === undefined) return null;
  if (brush === null || !lanes.includes(brush.lane)) return firstBrush(first);
  const x = { ArrowLeft: -STEP, ArrowRight: STEP }[key] ?? 0;
  const y = { ArrowDown: -STEP, ArrowUp: STEP }[key] ?? 0;
  const move = sizing ? sized : moved;
  return { lane: brush.lane, low: move(brush.low, x), high: move(brush.high, y) };
}

/** The same brush in the square of the gate before or after, round at the ends. */
export function brushOfNext(brush: Brush | null, lanes: readonly string[], by: number): Brush | null {
  const [first] = lanes;
  if (first === undefined) return null;
  if (brush === null) return firstBrush(first);
  const at = (lanes.indexOf(brush.lane) + by + lanes.length) % lanes.length;
  return { ...brush, lane: lanes[at] ?? first };
}

type Range = Brush['low'];

function moved([from, to]: Range, by: number): Range {
  const step = Math.min(Math.max(by, -from), 1 - to);
  return [rounded(from + step), rounded(to + step)];
}

function sized([from, to]: Range, by: number): Range {
  return [from, rounded(Math.min(Math.max(to + by, from + LEAST), 1))];
}

/** Without what binary fractions leave. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;
