import type { Gpu } from '../gpu/gpu.ts';
import type { RunInput } from '../runs/run-input.ts';
import type { Run } from '../runs/run.ts';
import type { Intervention } from '../runs/facets/changes.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import type { WeightSource } from './weights.ts';
import type { FamilySpec } from '../../common/configs/spec.ts';

/** Progress of a load: bytes of weights that are on the GPU. */
export interface LoadProgress {
  readonly done: number;
  readonly total: number;
}

/** A model whose weights are on the GPU. */
export interface LoadedModel {
  /** Most tokens that an input may have; null: no limit but memory. */
  readonly maxTokens: number | null;
  /** GPU bytes of the weights. */
  readonly bytes: number;
  /** True for a run that was captured: there is no other text than its own. Left out: any text can be run. */
  readonly hasOneText?: boolean;
  /** What is true of its files and changes the outputs, a sentence each; left out: nothing that its tensors do not tell. */
  readonly remarks?: readonly string[];
  /**
   * What the model writes: what comes after the text (language models), a text of its own (encoder-decoders, which take
   * `decode.target`); left out: nothing.
   */
  readonly writes?: 'continuation' | 'output';
  /**
   * One forward pass. Aborting stops it between two submits and gives everything back.
   * @throws HeadgateError for an input that the model can't take.
   */
  run(input: RunInput, signal: AbortSignal): Promise<Run>;
  /**
   * Text that goes on, token by token: an ordinary run after the prompt (or the source) and after every new token, over
   * all tokens so far. The runs of one generation share buffers; each must be disposed of. Ends at an end token or after
   * `input.decode.maxTokens`. Left out: the model does not generate.
   * @throws as `run`; the signal's reason.
   */
  generate?(input: RunInput, signal: AbortSignal): AsyncGenerator<Run, void>;
  /**
   * The same input again with changes; only what follows the first changed layer is computed. Changes of a changed run
   * count from the run that it was made of. The new run stands on its own; its facet `changes` compares it with `base`.
   * Left out: the model can't be changed.
   * @throws HeadgateError `bad-intervention` for a layer, head, position or state that there is not; the signal's reason.
   */
  intervene?(base: Run, changes: readonly Intervention[], signal: AbortSignal): Promise<Run>;
  dispose(): void;
}

/** A family of models: one file of kernel calls over the shared kernels, found by `model_type`. */
export interface Family {
  readonly spec: FamilySpec;
  /** The tokenizer of the model's input, for families whose config describes one; left out: tokenizer.json. */
  tokenizer?(source: WeightSource, signal: AbortSignal): Promise<Tokenizer>;
  /**
   * Streams the weights to the GPU.
   * @throws HeadgateError when the config or a tensor does not fit; nothing stays on the GPU then.
   */
  load(
    gpu: Gpu,
    source: WeightSource,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel>;
}
