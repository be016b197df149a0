/** What heads do on random tokens that come twice. */
import type { AttentionMap } from './run.ts';

export interface RepeatedOptions {
  /** `N`: random tokens, which come twice. */
  readonly tokens: number;
  readonly seed: number;
}

/** Mean weights of a head. */
export interface RepeatedScore {
  /** From a token of the second half to the one after its first occurrence. */
  readonly induction: number;
  /** To its first occurrence. */
  readonly duplicate: number;
  /** From every token but the first to the one before it. */
  readonly previous: number;
}

export interface RepeatedScores extends RepeatedOptions {
  /** Sequences that the scores are means over. */
  readonly samples: number;
  /** By kind of self-attention, layer by layer, [L·H]. */
  readonly heads: ReadonlyMap<AttentionMap['kind'], readonly RepeatedScore[]>;
}
