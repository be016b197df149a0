/** What is known of a value on its way through an ONNX graph. */
import type { HeadActivation } from '../../configs/recurrent-head.ts';
import type { StoredTensor } from '../format.ts';
import type { NetworkCell } from '../recurrent/network.ts';
import type { POOLINGS } from '../../configs/recurrent-head.ts';

/**
 * What an axis stands for: `first` and `second` are those of the ids until a recurrent layer tells which one is time; `one`
 * has the size 1, `side` the directions, `unit` the states of one of them, `feature` a whole vector.
 */
export type Axis = 'first' | 'second' | 'one' | 'side' | 'unit' | 'feature';

/** One direction of one layer's last states. */
export interface Pick {
  readonly cell: number;
  readonly side: number;
}

export interface DenseLayer {
  readonly weight: StoredTensor;
  /** The weight is [I, O], not [O, I]. */
  readonly isTurned: boolean;
  readonly bias: StoredTensor | null;
  readonly activation: HeadActivation | 'softmax';
}

export interface CellWeights {
  readonly W: StoredTensor;
  readonly R: StoredTensor;
  readonly B: StoredTensor | null;
}

export interface Value {
  readonly axes: readonly Axis[];
  readonly embedding: StoredTensor | null;
  readonly cells: readonly { readonly cell: NetworkCell; readonly weights: CellWeights }[];
  /** The axis of time, once it is known. */
  readonly time: 'first' | 'second' | null;
  readonly pooling: (typeof POOLINGS)[number] | null;
  /** Last states that this value holds, in order; null: it holds the states of all steps. */
  readonly picks: readonly Pick[] | null;
  readonly dense: readonly DenseLayer[];
}
