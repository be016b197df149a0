/** Every hypothesis that the search for a run's text kept. */
import type { Token } from '../../../common/text/token.ts';

declare module '../facet.ts' {
  interface Facets {
    /** The tree of a beam search; none where nothing was searched. */
    readonly search: readonly SearchNode[];
  }
}

/** One token of one hypothesis of a beam search. */
export interface SearchNode {
  /** Index of the node before it; null for a first token. */
  readonly parent: number | null;
  readonly token: Token;
  /** From 0. */
  readonly step: number;
  /** log p of the whole hypothesis up to here. */
  readonly logProbability: number;
  /** The hypothesis ends here. */
  readonly finished: boolean;
  /** Part of the hypothesis that was chosen. */
  readonly chosen: boolean;
}
