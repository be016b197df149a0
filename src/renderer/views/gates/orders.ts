/** The orders in which units stand: one for all lanes. */
import { savedChoice, savedNumbers, type Json } from '../../common/saved.ts';
import type { UnitFacts } from './facts.ts';

export const SORTS = ['number', 'activity', 'saturation', 'half-life', 'similarity'] as const;
export type Sort = (typeof SORTS)[number];

/** What an order means, in words. */
export const SORT_WORDS: Readonly<Record<Sort, string>> = {
  number: 'units by number',
  activity: 'units by activity: the largest mean size of the state at the top',
  saturation: 'units by saturation: most steps with gates at their ends at the top',
  'half-life': 'units by half-life, ln 2 / −mean ln of the gate that keeps: the longest at the top',
  similarity: 'units by similarity: those that move alike near each other',
};

/** Numbers that units are sorted by, the least first; null: this layer has none. */
function keysOf(sort: Sort, facts: UnitFacts): ArrayLike<number> | null {
  switch (sort) {
    case 'number':
      return null;
    case 'activity':
      return facts.activity.map((value) => -value);
    case 'saturation':
      return facts.saturation?.map((value) => -value) ?? null;
    case 'half-life':
      return facts.halfLife?.map((value) => -value) ?? null;
    case 'similarity':
      return facts.similarity;
  }
}

/** Units in an order; by number where the layer has not what it is by. @param facts null: not known yet */
export function unitOrder(sort: Sort, units: number, facts: UnitFacts | null): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: units }, (_, unit) => unit);
  const keys = facts?.units === units ? keysOf(sort, facts) : null;
  if (keys === null) return order;
  // What is not a number stands at the end.
  const key = (unit: number) => (Number.isNaN(keys[unit]) ? Infinity : (keys[unit] ?? Infinity));
  return order.sort((a, b) => (key(a) === key(b) ? a - b : key(a) - key(b)));
}

/** A part of the plane of one lane's saturations: 0 … 1 along each axis. */
export interface Brush {
  /** Title of the lane. */
  readonly lane: string;
  /** Of the steps below 0.1. */
  readonly low: readonly [number, number];
  /** Of the steps above 0.9. */
  readonly high: readonly [number, number];
}

/** Units whose dots lie in a brush, by number; null: nothing is brushed. */
export function brushed(brush: Brush | null, facts: UnitFacts | null): ReadonlySet<number> | null {
  const found = facts?.saturations.find(({ lane }) => lane.title === brush?.lane);
  if (brush === null || found === undefined) return null;
  const inside = (value: number, [from, to]: readonly [number, number]) => value >= from && value <= to;
  const units = Array.from(found.low, (_, unit) => unit);
  return new Set(
    units.filter(
      (unit) => inside(found.low[unit] ?? NaN, brush.low) && inside(found.high[unit] ?? NaN, brush.high),
    ),
  );
}

/** A brush from a view's state; `otherwise` where it is missing or wrong. */
export function savedBrush(state: Json | null, otherwise: Brush | null): Brush | null {
  if (typeof state !== 'object' || state === null || !('brush' in state)) return otherwise;
  const brush = (state as Readonly<Record<string, Json>>)['brush'] ?? null;
  if (brush === null) return null;
  const lane = savedChoice(brush, 'lane', null);
  const [low, high] = [savedNumbers(brush, 'low', 2), savedNumbers(brush, 'high', 2)];
  if (lane === null || low === null || high === null) return otherwise;
  const range = (of: readonly number[]) => [of[0] ?? 0, of[1] ?? 1] as const;
  return { lane, low: range(low), high: range(high) };
}
