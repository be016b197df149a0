import type { Point } from './orbit.ts';

/** A text at a place of the scene. */
export interface Name {
  readonly text: string;
  readonly at: Point;
  /** `axis` names an axis; the others are tokens, `quiet` ones step back. */
  readonly kind: 'axis' | 'token' | 'quiet' | 'hovered' | 'locked';
}

/** With fewer names than this, all of them must be seen. */
const FEW = 12;

/** True for a name that goes farther from its point to be seen. */
export function mustBeSeen({ kind }: Name, names: readonly Name[]): boolean {
  return names.length < FEW || (kind !== 'token' && kind !== 'quiet');
}
