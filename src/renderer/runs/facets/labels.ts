/** Labels that a run gives to its text: of all of it, of each token, or where an answer begins and ends. */
import type { Labelled, Scoring } from '../../../common/configs/labels.ts';
import type { Side } from '../place.ts';

declare module '../facet.ts' {
  interface Facets {
    /** Of models whose outputs are labels. */
    readonly labels: Labels;
  }
}

export interface Labels {
  readonly labels: Labelled;
  /** In the order of the outputs; of a span `start` and `end`. */
  readonly names: readonly string[];
  /** What the logits become. */
  readonly scoring: Scoring;
  /** Whose tokens are labelled: position t of the logits is about its token t. */
  readonly side: Side;
  /** Whether the first token, where it is a special one, says that a question has no answer. */
  readonly hasNone: boolean;
}
