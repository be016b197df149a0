/** What happens inside the blocks of a Transformer: its neurons, and what its parts add to the residual stream. */
import type { Side } from '../place.ts';
import type { Activation } from '../run.ts';

declare module '../facet.ts' {
  interface Facets {
    /** The stacks of a Transformer, in the order of the data. */
    readonly blocks: readonly BlockStack[];
  }
}

/** Lengths of what the parts of a block add to the residual stream at each token, [T]; with a norm last, before that norm. */
export interface Additions {
  readonly attention: Float32Array<ArrayBuffer>;
  /** Null: the block looks at no source. */
  readonly cross: Float32Array<ArrayBuffer> | null;
  readonly feedForward: Float32Array<ArrayBuffer>;
  /** Length of the state that the block reads. */
  readonly stream: Float32Array<ArrayBuffer>;
}

export interface BlockStack {
  /** Null: the only one. */
  readonly stack: 'encoder' | 'decoder' | null;
  /** Of which sequence its tokens are. */
  readonly side: Side;
  readonly layers: number;
  /** `F`: neurons of a feed-forward part. */
  readonly neurons: number;
  /** The neurons of a layer after the activation function, of gated ones after the product: `mlp.<layer>` [T, F]. */
  mlp(layer: number): Activation;
  /** @throws the signal's reason, RangeError for a layer that there is not */
  additions(layer: number, signal?: AbortSignal): Promise<Additions>;
}
