/** The changes that a run was made with, and what they did to its outputs. */
import type { Token } from '../../../common/text/token.ts';
import type { AttentionMap, Run } from '../run.ts';

declare module '../facet.ts' {
  interface Facets {
    /** Of a run that was made with changes. */
    readonly changes: Intervened;
  }
}

/** A change of a forward pass, made while it runs. */
export type Intervention =
  | {
      readonly kind: 'head';
      /** Left out: self-attention; of an encoder-decoder that of its decoder. */
      readonly attention?: AttentionMap['kind'];
      readonly layer: number;
      readonly head: number;
      /** Multiplies what the head gives (0: the head is silent); `mean` puts its mean over the text in its place. */
      readonly factor: number | 'mean';
    }
  | {
      readonly kind: 'state';
      /** Left out: the only stack, or an encoder-decoder's decoder. */
      readonly side?: 'encoder' | 'decoder';
      /** Of `hidden_states.<layer>`: 0 are the embeddings, L is what comes after the last layer. */
      readonly layer: number;
      readonly position: number;
      /** The state of another run of a model of the same width that takes its place; null: zeros. */
      readonly from: { readonly run: Run; readonly position: number } | null;
    };

/** How one token's probability changed. */
export interface OutputChange {
  readonly token: Token;
  readonly before: number;
  readonly after: number;
}

/** How the outputs of a changed run differ from those of the run without the changes. */
export interface OutputDifference {
  /**
   * What tells the outputs apart: the KL divergence in nats, or where they are no one distribution the largest change of a
   * probability (`share`) or of a value.
   */
  readonly measure: 'divergence' | 'share' | 'value';
  /** The outputs are the whole text's: one for all positions. */
  readonly isOfText: boolean;
  /** KL(before ‖ after), or what `measure` says, at every position, [T]; of the text's outputs [1]. @throws the signal's reason. */
  divergence(signal?: AbortSignal): Promise<Float32Array>;
  /** The k tokens whose probabilities changed most at a position, the largest change first. */
  changes(position: number, k: number): Promise<readonly OutputChange[]>;
}

/** What was changed in a run, and what that did. */
export interface Intervened {
  /** The run without the changes; it may have been disposed of. */
  readonly base: Run;
  readonly changes: readonly Intervention[];
  /** Null for models without an output layer. */
  readonly difference: OutputDifference | null;
}
