import type { Gpu } from '../gpu/gpu.ts';
import type { Profile } from '../gpu/profile.ts';
import type { Run, Token } from '../runs/run.ts';
import type { Intervention } from '../runs/facets/changes.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import type { WeightSource } from './weights.ts';
import type { FamilySpec } from '../../common/configs/spec.ts';

/** Progress of a load: bytes of weights that are on the GPU. */
export interface LoadProgress {
  readonly done: number;
  readonly total: number;
}

/** How a model finds its output, or how a text goes on. Ids are of the vocabulary that it writes in. */
export interface DecodeOptions {
  /** Hypotheses of a beam search; 1 (left out): greedy, or drawn. Encoder-decoders. */
  readonly beams?: number;
  /** Tokens are drawn from softmax(logits / temperature); 0 or left out: the most probable one. */
  readonly temperature?: number;
  /** Drawn among the k most probable tokens; left out: all. */
  readonly topK?: number;
  /** Drawn among the fewest tokens whose probabilities reach this; left out: all. */
  readonly topP?: number;
  /** Seed of the draws; the same seed gives the same text. */
  readonly seed?: number;
  /** Most tokens to find; the model's own limit if left out. */
  readonly maxTokens?: number;
  /** Teacher forcing: the output is given, and only looked at. */
  readonly target?: readonly number[];
  /** The same as text, for the model's target tokenizer. */
  readonly targetText?: string;
  /** The output begins with these. */
  readonly prefix?: readonly number[];
  /** Attention weights over the source that replace the model's own at a step (from 0); scaled to a sum of 1. */
  readonly forcedAttention?: readonly { readonly step: number; readonly weights: readonly number[] }[];
}

/** What a run takes: the text as token ids, and how to name them. */
export interface RunInput {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Readable tokens for ids that the model predicts. */
  readonly vocabulary: (id: number) => Token;
  /** For encoder-decoders; left out: greedy. */
  readonly decode?: DecodeOptions;
  /** Told of long runs, between two submits. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Filled with what each kernel of the pass took; costs time, so for somebody who looks. */
  readonly profile?: Profile | null | undefined;
}

/** A model whose weights are on the GPU. */
export interface LoadedModel {
  /** Most tokens that an input may have; null: no limit but memory. */
  readonly maxTokens: number | null;
  /** GPU bytes of the weights. */
  readonly bytes: number;
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
