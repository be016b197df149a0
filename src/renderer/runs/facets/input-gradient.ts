/** How much an output depends on each token that was read. */
import type { Side } from '../place.ts';
import type { Token } from '../run.ts';

declare module '../facet.ts' {
  interface Facets {
    /** Of models whose logits can be derived by their inputs. */
    readonly inputGradient: InputGradients;
  }
}

/** Which logit is derived. */
export interface AskedOutput {
  /** Token or label. */
  readonly output: number;
  /** Of `run.tokens`. */
  readonly position: number;
}

/** ‖∂logit/∂x_t‖ for every token t of one sequence; x_t is its embedding as it enters the model (scaled, without positions). */
export interface InputGradient {
  readonly side: Side;
  readonly tokens: readonly Token[];
  /** Euclidean norms, [T]; 0 where nothing depends on t. */
  readonly norms: Float32Array<ArrayBuffer>;
}

export interface InputGradientOptions {
  readonly signal?: AbortSignal;
  /** @param share 0 … 1 */
  readonly onProgress?: (share: number) => void;
}

export interface InputGradients {
  /** The sequences that an output depends on; the source first. */
  readonly sides: readonly Side[];
  /**
   * One backward pass: of the source, if there is one, then of what the decoder read.
   * @throws RangeError for an output or a position that there is not; the signal's reason
   */
  of(asked: AskedOutput, options?: InputGradientOptions): Promise<readonly InputGradient[]>;
}
