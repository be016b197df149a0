/** What all parts of the picture of an attention decoder share. */
import { PHASES, type PhaseId } from './phases.ts';
/** Cells of a state's bar at most; each is the mean of units that follow one another. */
const CELLS = 24;

export interface ProcessPicture {
  readonly phase: PhaseId;
  /** How far the phase is, 0 … 1. */
  readonly progress: number;
  /** Source token that is looked at; null: the one with the largest weight. */
  readonly looked: number | null;
  /** Weights under a hand that drags them; null: the step's own. */
  readonly dragged?: readonly number[] | null;
}

/** 1 once a phase is over, its progress while it is on, 0 before. */
export function reached({ phase, progress }: ProcessPicture, wanted: PhaseId): number {
  const [now, at] = [PHASES.indexOf(phase), PHASES.indexOf(wanted)];
  return now > at ? 1 : now === at ? progress : 0;
}

/** Means of neighbours, so that at most CELLS are left. */
export function pool(values: Float32Array): number[] {
  const count = Math.min(CELLS, values.length);
  return Array.from({ length: count }, (_, cell) => {
    const part = values.subarray(
      Math.floor((cell * values.length) / count),
      Math.floor(((cell + 1) * values.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** Index of the largest weight. */
export function strongest(weights: ArrayLike<number>): number {
  return Array.from(weights).reduce((best, weight, i) => (weight > (weights[best] ?? -1) ? i : best), 0);
}
