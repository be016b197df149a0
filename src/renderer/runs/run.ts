import type { Token } from '../../common/text/token.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { GpuTensor } from '../gpu/tensor.ts';
import type { HeadMetrics } from './head-metrics.ts';

export type { Token };

/** What an axis of an activation counts. */
export type Axis = 'token' | 'source' | 'head' | 'query' | 'key' | 'unit' | 'vocabulary';

/** A named tensor of a run: Hugging Face's names where they exist (`hidden_states.3`, `attentions.3`, `logits`). */
export interface Activation {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  /**
   * The values on the GPU: computed now when the run does not hold them. The caller must call `release` once done;
   * computed values are then recycled, held ones are left alone.
   */
  lease(): Promise<{ readonly tensor: GpuTensor; release(): void }>;
  /** The values on the CPU, row-major. */
  read(signal?: AbortSignal): Promise<Float32Array>;
}

/** A rectangle of one head's pattern, at the resolution of the screen. */
export interface PatternTile {
  readonly layer: number;
  readonly head: number;
  /** Query rows [from, to) and key columns [from, to). */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
  /** Cells of the tile; at most the span of rows and columns. Equal to the span: exact; smaller: pooled. */
  readonly height: number;
  readonly width: number;
  readonly pool: 'max' | 'mean';
}

/** One kind of attention of a run, every layer and head of it; patterns are computed when somebody looks. */
export interface AttentionMap {
  readonly kind: 'self' | 'encoder' | 'decoder' | 'cross';
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values: fewer than `heads` where several share them (grouped queries). */
  readonly keyHeads: number;
  /** Labels of the rows and of the columns. */
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  /** True when a query never looks at later keys. */
  readonly causal: boolean;
  /** The activation's name for a layer, e.g. `attentions.3`, shape [H, T, S]. */
  activation(layer: number): string;
  /**
   * Writes tiles one after another into `target` (row-major f32, each height × width, from element `offset` on) and
   * submits the work; resolves as soon as it is queued on the GPU.
   */
  tiles(requests: readonly PatternTile[], target: GPUBuffer, offset?: number): Promise<void>;
  /** One row of a head's pattern on the CPU: the weights of a query over all keys, [S]. */
  row(layer: number, head: number, query: number): Promise<Float32Array>;
  /** What the heads of a layer are like, head by head. */
  metrics(layer: number): Promise<readonly HeadMetrics[]>;
}

/** One candidate for the token at the next (or a masked) position. */
export interface Prediction {
  readonly token: Token;
  readonly probability: number;
  readonly logit: number;
}

/** Norms of ∂s_T/∂h_t for every position t, s being the hidden state h or an LSTM's cell c; 0 where nothing depends on t. */
export interface GradientNorms {
  /** Frobenius norm of ∂s_T/∂h_t, divided by the root of s's width, [T]; of an LSTM with c_t held fixed. */
  readonly frobenius: Float32Array<ArrayBuffer>;
  /** The same of ∂s_T/∂c_t of an LSTM, with h_t held fixed. */
  readonly cell: Float32Array<ArrayBuffer> | null;
  /** Largest singular value of ∂h_T/∂h_t, [T]; null when it was not asked for, with probes, and of the cell. */
  readonly spectral: Float32Array<ArrayBuffer> | null;
  /** One standard error of `frobenius`, or of `cell` where the cell is derived, as a fraction of it, [T]; null: exact. */
  readonly error: Float32Array<ArrayBuffer> | null;
}

/** What one step of one direction of a recurrent layer adds up, before its gates squash it. */
export interface StepTerms {
  /** x_t: the parts of the layer's input joined, [I]. */
  readonly x: Float32Array;
  /** h_{t−1}, [P]: at the first step what the layer begins with. */
  readonly hidden: Float32Array;
  /** c_{t−1} of an LSTM, [H]. */
  readonly cell: Float32Array | null;
  /** W x_t with its bias, [G, H]: G gates in the framework's order, 1 of a vanilla RNN. */
  readonly byInput: Float32Array;
  /** U h_{t−1}, [G, H]; of a GRU with its bias, and U (r·h_{t−1}) for `new` where it resets before the product. */
  readonly byHidden: Float32Array;
}

/** A stack of recurrent layers in a run. Its activations are `<prefix>.<layer>.hidden`, `.cell`, `.gates.<gate>`. */
export interface RecurrentTrace {
  /** `rnn`, or `encoder.rnn` and `decoder.rnn`; the reverse direction is `<prefix>.<layer>.reverse.…`. */
  readonly prefix: string;
  readonly cell: 'rnn-tanh' | 'rnn-relu' | 'lstm' | 'gru' | 'gru-reset-before';
  readonly layers: number;
  readonly bidirectional: boolean;
  /** H */
  readonly units: number;
  /** P: width of the hidden state of one direction. */
  readonly state: number;
  /** Names of the gates, in the framework's order. */
  readonly gates: readonly string[];
  /** What the positions stand for. */
  readonly tokens: readonly Token[];
  /**
   * ‖∂h_T/∂h_t‖ within one direction of a layer, or ‖∂c_T/∂c_t‖. T is `target`, or the last position that the direction reads.
   * @throws the signal's reason, between two submits; RangeError for the cell of a layer that has none.
   */
  gradient(
    layer: number,
    reverse: boolean,
    options?: {
      /** What is derived: `hidden` when left out. */
      readonly of?: 'hidden' | 'cell';
      readonly target?: number;
      /** Random vectors that estimate the norms; left out: exact where the state is not too wide. */
      readonly probes?: number;
      readonly spectral?: boolean;
      readonly signal?: AbortSignal;
      /** @param norms what is known by now: positions that are still to come hold 0 */
      readonly onProgress?: (done: number, total: number, norms: GradientNorms) => void;
    },
  ): Promise<GradientNorms>;
  /** @throws RangeError for a layer or a position that is not there; the signal's reason */
  terms(layer: number, reverse: boolean, position: number, signal?: AbortSignal): Promise<StepTerms>;
  /** ‖∂logit/∂x_t‖ for output `output` at `position`, [T]; null where the stack's outputs are not a head's inputs. */
  readonly inputGradient:
    ((output: number, position: number, signal?: AbortSignal) => Promise<Float32Array>) | null;
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
  /** KL(before ‖ after) at every position, in nats, [T]. @throws the signal's reason. */
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

/** One forward pass of a model over an input, with everything that views may ask of it. */
export interface Run {
  /** Unique in this window; a new input makes a new run. */
  readonly id: number;
  /** Where its buffers live: views draw on the same device. */
  readonly gpu: Gpu;
  readonly model: {
    readonly id: string;
    readonly name: string;
    readonly family: string;
    readonly modelType: string;
  };
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The encoder's tokens, for encoder-decoders. */
  readonly sourceTokens: readonly Token[] | null;
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream. */
  readonly width: number;
  /** Wall time of the forward pass, ms. */
  readonly milliseconds: number;
  /** GPU bytes that the run holds beyond the weights. */
  readonly bytes: number;
  readonly activations: ReadonlyMap<string, Activation>;
  readonly attention: readonly AttentionMap[];
  /** The recurrent stacks of the model, in the order of the data; left out for models without. */
  readonly recurrent?: readonly RecurrentTrace[];
  /** Every hypothesis that the search for the output kept; left out where nothing was searched. */
  readonly search?: readonly SearchNode[];
  /**
   * What `top` and the logits of a position are about: the token after it (left out), the position's own token, where
   * `tokens` are what a decoder chose, words like it, whose probability is then a cosine, whether it was replaced, labels
   * of the position or the text, or values of it, which then stand in place of probabilities.
   */
  readonly predicts?: 'next' | 'own' | 'similar' | 'replaced' | 'label' | 'value';
  /** The changes that this run was made with; left out: none. */
  readonly intervened?: Intervened;
  /** Vectors of words by their ids, [n, D] row-major, of a table of word vectors; left out: the model is none. */
  readonly vectorsOf?: (ids: readonly number[]) => Promise<Float32Array<ArrayBuffer>>;
  /** The k most probable next tokens after `position` (or at it, see `predicts`), best first; none without an output layer. */
  top(position: number, k: number): Promise<readonly Prediction[]>;
  /** Gives every buffer back. A run that is disposed of rejects further calls with an AbortError. */
  dispose(): void;
}
