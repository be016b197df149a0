/** The table of word vectors that a run looks words up in. */

declare module '../facet.ts' {
  interface Facets {
    readonly words: WordVectors;
  }
}

export interface WordVectors {
  /** Vectors of words by their ids, [n, D] row-major. @throws RangeError for an id outside of the table. */
  vectors(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>;
}
