/** How good a model is by the length of what it reads, as its card tells (`card.json` in its folder). */

declare module '../facet.ts' {
  interface Facets {
    readonly quality: Quality;
  }
}

export interface Quality {
  /** What was measured, a sentence. */
  readonly about: string;
  /** The open model and its sisters. */
  readonly systems: readonly {
    /** Its folder's name. */
    readonly model: string;
    readonly name: string;
    readonly lengths: readonly LengthQuality[];
  }[];
}

export interface LengthQuality {
  /** Words of the source, the fewest and the most. */
  readonly words: readonly [number, number];
  /** 0 … 100 */
  readonly bleu: number;
  /** Outputs that are exactly the reference, of `sentences`. */
  readonly exact: number;
  readonly sentences: number;
}
