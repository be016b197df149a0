import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { Matrix } from '../matmul/weight.ts';

/** What a recurrent layer is made of. `gru` resets after the recurrent product (PyTorch), `gru-reset-before` before. */
export type Cell = 'rnn-tanh' | 'rnn-relu' | 'lstm' | 'gru' | 'gru-reset-before';

/**
 * Slope of what squashes the gates, clamp(slope·x + 1/2, 0, 1); 0: the sigmoid. Keras 3 and PyTorch call the slope of 1/6
 * the hard sigmoid; of Keras before 3 and of ONNX it is 0.2.
 */
export const GATE_SLOPES = { sigmoid: 0, hard_sigmoid: 1 / 6, 'hard_sigmoid_0.2': 0.2 } as const;
export type GateActivation = keyof typeof GATE_SLOPES;

/** Planes of the saved gates, in the order of the frameworks' weights; `candidate` is Uₙ h′ + b of a GRU. */
export const GATE_PLANES = {
  'rnn-tanh': [],
  'rnn-relu': [],
  lstm: ['input', 'forget', 'cell', 'output'],
  gru: ['reset', 'update', 'new', 'candidate'],
  'gru-reset-before': ['reset', 'update', 'new', 'candidate'],
} as const satisfies Record<Cell, readonly string[]>;

/** G: blocks of rows in the weights. */
export function gateCount(cell: Cell): 1 | 3 | 4 {
  if (cell === 'lstm') return 4;
  return cell === 'gru' || cell === 'gru-reset-before' ? 3 : 1;
}

/** Recurrent weights of some units. */
export interface UnitBlock {
  /** The first of them; a multiple of four. */
  readonly first: number;
  readonly units: number;
  /** [P, units·G], the gates of a unit side by side. */
  readonly weights: GpuTensor;
}

/** Weights of one direction of one layer on the GPU, repacked once at load. */
export interface PackedCell {
  readonly cell: Cell;
  /** What squashes the gates, of an LSTM or a GRU. */
  readonly gates: GateActivation;
  /** H */
  readonly units: number;
  /** P: width of the hidden state; H without a projection. */
  readonly state: number;
  /**
   * [H·G, I], the gates of a unit side by side. An input that is joined of several parts (two directions, an embedding
   * and a context) has one matrix for each, so that nothing is ever copied together.
   */
  readonly input: readonly (GpuTensor | Matrix)[];
  /** [H·G]: both biases summed; of a GRU the input's alone. */
  readonly inputBias: GpuTensor;
  /** What the hidden state is multiplied by: all units, in as many blocks as it takes buffers to hold them. */
  readonly recurrent: readonly UnitBlock[];
  /** [H·3], of a GRU; its n part must not be summed with the input's. */
  readonly recurrentBias: GpuTensor | null;
  /** [H, P] of an LSTM with a projection. */
  readonly projection: GpuTensor | null;
}

/** What the steps of one direction of one layer read and write. T positions, B sequences. */
export interface RecurrentSlabs {
  readonly positions: number;
  readonly batch: number;
  readonly reverse: boolean;
  /** u32 [B]: tokens of each sequence; what follows is padding. */
  readonly lengths: GpuTensor;
  /** [T + 1, B, P]; the initial state stands in row 0, or in row T of a layer that reads backwards. */
  readonly hidden: GpuTensor;
  /** [T + 1, B, H] of an LSTM. */
  readonly cells: GpuTensor | null;
  /** [planes, rows, B, H] for positions from `gatesFirst` on; null for a vanilla RNN. */
  readonly gates: GpuTensor | null;
  readonly gatesFirst: number;
  /** The states are there, and stay as they are: only gates are written. */
  readonly gatesOnly?: boolean;
}

/** One position of a layer. */
export interface RecurrentStep {
  readonly packed: PackedCell;
  readonly slabs: RecurrentSlabs;
  readonly position: number;
  /** [rows, B, H·G]: W x with its bias, for positions from `productFirst` on. */
  readonly product: GpuTensor;
  readonly productFirst: number;
}

/** Constants of `lib/recurrent-step.wgsl`: threads of a sum, units of a thread, values of k in a turn of the loop. */
export type Split = {
  readonly SPLIT: number;
  readonly SHARED: boolean;
  readonly EACH: number;
  readonly STEPS: number;
};

// Units share what a thread reads of the hidden state; longer loops are slower on software adapters.
const ALONE: Split = { SPLIT: 1, SHARED: false, EACH: 4, STEPS: 2 };
const SHARED: Split = { SPLIT: 8, SHARED: true, EACH: 1, STEPS: 8 };
export const SPLITS: readonly Split[] = [ALONE, SHARED];

/** The variant for a device: alone where barriers cost more than they save. */
export function splitFor(recorder: Recorder): Split {
  return recorder.gpu.facts.isSoftware ? ALONE : SHARED;
}

/** Workgroups of a step: units of a block along x, sequences along y. */
export function stepGroups(step: RecurrentStep, block: UnitBlock, split: number): [number, number] {
  return [Math.ceil(block.units / (64 / split)), step.slabs.batch];
}

const BINDINGS = ['product', 'recurrent', 'lengths', 'hidden', 'cells', 'gates', 'bias', 'raw'];

/**
 * `Params` of lib/recurrent-params.wgsl.
 * @param block the units that are computed; all of them where a kernel does not ask
 * @param bound names of what is bound: the recorder fills in their offsets
 */
export function stepParams(
  step: RecurrentStep,
  bound: Readonly<Record<string, unknown>>,
  block: Pick<UnitBlock, 'first' | 'units'> = { first: 0, units: step.packed.units },
): Record<string, number | boolean> {
  const { packed, slabs } = step;
  const unbound = BINDINGS.filter((name) => !(name in bound));
  return {
    position: step.position,
    product_first: step.productFirst,
    gates_first: slabs.gatesFirst,
    gates_rows: slabs.gates?.shape[1] ?? 0,
    positions: slabs.positions,
    batch: slabs.batch,
    units: packed.units,
    state: packed.state,
    block_first: block.first,
    block_units: block.units,
    reverse: slabs.reverse,
    gates_only: slabs.gatesOnly ?? false,
    gate_slope: GATE_SLOPES[packed.gates],
    ...Object.fromEntries(unbound.map((name) => [`${name}_offset`, 0])),
  };
}

/** Operations of a step and the bytes that it reads: the recurrent weights outweigh everything else. */
export function stepWork(
  step: RecurrentStep,
  { units }: UnitBlock,
): { readonly flop: number; readonly bytes: number } {
  const { cell, state } = step.packed;
  const weights = units * gateCount(cell) * state;
  return { flop: 2 * weights * step.slabs.batch, bytes: weights * 4 };
}

/**
 * A framework's rows [G·H, I], gate after gate, as [H·G, I], the gates of a unit side by side.
 * @param width I; 1 for a bias
 */
export function interleaveGates(rows: Float32Array, gates: number, width: number): Float32Array<ArrayBuffer> {
  const units = rows.length / (gates * width);
  const result = new Float32Array(rows.length);
  for (let g = 0; g < gates; g++)
    for (let j = 0; j < units; j++) {
      const from = (g * units + j) * width;
      result.set(rows.subarray(from, from + width), (j * gates + g) * width);
    }
  return result;
}

/**
 * A framework's recurrent weights [G·H, P] as [P, units·G], so that neighbouring threads read neighbouring values.
 * @param from first of the units that are packed; all of them if left out
 */
export function packRecurrent(
  rows: Float32Array,
  gates: number,
  state: number,
  from = 0,
  to = rows.length / (gates * state),
): Float32Array<ArrayBuffer> {
  const units = rows.length / (gates * state);
  const width = (to - from) * gates;
  const result = new Float32Array(state * width);
  for (let g = 0; g < gates; g++)
    for (let j = from; j < to; j++) {
      const row = (g * units + j) * state;
      const column = (j - from) * gates + g;
      for (let k = 0; k < state; k++) result[k * width + column] = rows[row + k] as number;
    }
  return result;
}

/** [rows, width] as [width, rows]. */
export function transpose(values: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const rows = values.length / width;
  const result = new Float32Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < width; c++) result[c * rows + r] = values[r * width + c] as number;
  return result;
}
