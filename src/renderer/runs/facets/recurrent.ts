/** The recurrent stacks of a run, and the gradients through their time. */
import type { StackSide } from '../activation-names.ts';
import type { Token } from '../../../common/text/token.ts';

declare module '../facet.ts' {
  interface Facets {
    /** The recurrent stacks of the model, in the order of the data; at least one. */
    readonly recurrent: readonly RecurrentTrace[];
  }
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

/** A stack of recurrent layers in a run. Its activations have a `direction` and its `stack`. */
export interface RecurrentTrace {
  readonly stack: StackSide;
  readonly cell: 'rnn-tanh' | 'rnn-relu' | 'lstm' | 'gru' | 'gru-reset-before';
  /** What squashes the gates, of an LSTM or a GRU; null: not known. */
  readonly gateActivation: 'sigmoid' | 'hard_sigmoid' | 'hard_sigmoid_0.2' | null;
  readonly layers: number;
  /** True when any layer has two directions. */
  readonly bidirectional: boolean;
  /** By layer: whether it has a reverse direction. */
  readonly reversed: readonly boolean[];
  /** H, of the widest layer. */
  readonly units: number;
  /** P: width of the hidden state of one direction, of the widest layer. */
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
  /** The same of several states in one sweep, which takes little longer than one: a result for each. */
  gradients(
    layer: number,
    reverse: boolean,
    derived: readonly ('hidden' | 'cell')[],
    options?: {
      readonly probes?: number;
      readonly spectral?: boolean;
      readonly signal?: AbortSignal;
      readonly onProgress?: (done: number, total: number, norms: readonly GradientNorms[]) => void;
    },
  ): Promise<readonly GradientNorms[]>;
  /** @throws RangeError for a layer or a position that is not there; the signal's reason */
  terms(layer: number, reverse: boolean, position: number, signal?: AbortSignal): Promise<StepTerms>;
}
