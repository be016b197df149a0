/** The logit lens: what the model would answer after every layer (nostalgebraist 2020). */
import type { Recorder } from '../../gpu/recorder.ts';
import type { Token } from '../../../common/text/token.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';

declare module '../facet.ts' {
  interface Facets {
    /** Of Transformers with an output layer over a vocabulary. */
    readonly lens: Lens;
  }
}

/** The model's own final norm and output head on the states of `run.tokens` after every layer. */
export interface Lens {
  /** `L + 1`: the embeddings, and what each layer leaves. */
  readonly depth: number;
  /** `V` */
  readonly vocabulary: number;
  /** A token that it answers with, by its id. */
  token(id: number): Token;
  /**
   * Records the logits of positions [from, to) after a layer (0: of the embeddings) into `target` [to − from, V]; those of
   * the last layer are the model's.
   * @throws an AbortError when the run was disposed of
   */
  record(
    recorder: Recorder,
    layer: number,
    positions: readonly [from: number, to: number],
    target: GpuTensor,
  ): void;
}
