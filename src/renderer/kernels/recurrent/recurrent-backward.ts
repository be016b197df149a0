import gruCode from '../../../shaders/gru-backward.wgsl?raw';
import lstmCode from '../../../shaders/lstm-backward.wgsl?raw';
import rnnCode from '../../../shaders/rnn-backward.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from '../matmul/matmul.ts';
import { backThroughRecurrent } from './recurrent-product.ts';
import { GATE_SLOPES, gateCount, type PackedCell, type RecurrentSlabs } from './recurrent.ts';

const inputs = [{ INPUTS: false }, { INPUTS: true }];
export const lstmBackward = defineKernel('lstm-backward', lstmCode, inputs);
export const rnnBackward = defineKernel(
  'rnn-backward',
  rnnCode,
  inputs.flatMap((it) => [
    { RELU: false, ...it },
    { RELU: true, ...it },
  ]),
);
export const gruBackward = defineKernel('gru-backward', gruCode, [
  ...inputs.map((it) => ({ PHASE: 0, SECOND: false, ...it })),
  { PHASE: 1, SECOND: false, INPUTS: false },
  ...inputs.map((it) => ({ PHASE: 2, SECOND: true, ...it })),
]);

/** Vectors on their way backwards; `recordBackwardStep` reads `vector` and writes `next`. */
export interface BackwardStep {
  readonly packed: PackedCell;
  /** Slabs of one sequence, with its gates. */
  readonly slabs: RecurrentSlabs;
  /** The position whose step is undone. */
  readonly position: number;
  /** [k, P]: derivatives by the hidden state after the step. */
  readonly vector: GpuTensor;
  /** [k, P]: derivatives by the hidden state before the step; another buffer than `vector`. */
  readonly next: GpuTensor;
  /** [k, H]: of an LSTM the derivatives by the cell, updated in place; else scratch. */
  readonly carry: GpuTensor;
  /** [T, H·G]: row t gets the derivative by the input product (k = 1 only). */
  readonly inputs?: GpuTensor;
}

/**
 * Takes k vectors backwards through one step: v ← Jᵀv. Cost: one dispatch for the gates and one matmul, one more of
 * each for a GRU that resets before the product, one more matmul for a projection.
 */
export function recordBackwardStep(recorder: Recorder, step: BackwardStep): void {
  const { packed, vector, next, carry } = step;
  const k = vector.shape[0] ?? 1;
  const width = packed.units * gateCount(packed.cell);
  const delta = recorder.temp([k, width], 'delta');
  /** out[k, P] = delta · U (+ what goes past the gates) */
  const through = (out: GpuTensor, residual?: GpuTensor) =>
    backThroughRecurrent(recorder, packed, delta, out, residual);
  switch (packed.cell) {
    case 'lstm': {
      const raw = packed.projection === null ? vector : recorder.temp([k, packed.units], 'before projection');
      if (packed.projection !== null)
        matmul(recorder, {
          a: vector,
          b: packed.projection,
          transposed: true,
          out: raw,
          label: 'backward projection',
        });
      gates(recorder, step, raw, delta);
      if (packed.projection !== null) recorder.free(raw);
      through(next);
      break;
    }
    case 'rnn-tanh':
    case 'rnn-relu':
      gates(recorder, step, vector, delta);
      through(next);
      break;
    case 'gru':
      gates(recorder, step, vector, delta, 0);
      through(next, carry);
      break;
    case 'gru-reset-before': {
      const inner = recorder.temp([k, packed.units], 'inner');
      gates(recorder, step, vector, delta, 1);
      through(inner);
      gates(recorder, step, vector, delta, 2, inner);
      through(next, carry);
      recorder.free(inner);
    }
  }
  recorder.free(delta);
}

/** What the gates make of the vectors: `delta` [k, H·G], and the carry. */
function gates(
  recorder: Recorder,
  step: BackwardStep,
  vector: GpuTensor,
  delta: GpuTensor,
  PHASE = 0,
  inner?: GpuTensor,
): void {
  const { packed, slabs, position, carry } = step;
  const { cell, units } = packed;
  const k = vector.shape[0] ?? 1;
  const isRnn = gateCount(cell) === 1;
  const INPUTS = step.inputs !== undefined && PHASE !== 1;
  const bind: Record<string, GpuTensor> = { vector, delta };
  if (INPUTS && step.inputs !== undefined) bind['inputs'] = step.inputs;
  if (!isRnn) {
    if (slabs.gates === null) throw new Error('A sweep backwards needs the gates.');
    bind['gates'] = slabs.gates;
    bind['carry'] = carry;
  }
  if (cell !== 'lstm') bind['hidden'] = slabs.hidden;
  else if (slabs.cells !== null) bind['cells'] = slabs.cells;
  if (inner !== undefined) bind['inner'] = inner;
  const names = ['vector', 'hidden', 'cells', 'gates', 'delta', 'carry', 'inputs', 'inner'];
  const unbound = names.filter((name) => !(name in bind));
  const kernel = isRnn ? rnnBackward : cell === 'lstm' ? lstmBackward : gruBackward;
  const variant = isRnn
    ? { RELU: cell === 'rnn-relu' }
    : cell === 'lstm'
      ? {}
      : { PHASE, SECOND: inner !== undefined };
  recorder.dispatch({
    kernel,
    constants: { ...variant, INPUTS },
    bind,
    params: {
      position,
      gates_first: slabs.gatesFirst,
      gates_rows: slabs.gates?.shape[1] ?? 0,
      vectors: k,
      units,
      reverse: slabs.reverse,
      gate_slope: GATE_SLOPES[packed.gates],
      ...Object.fromEntries(unbound.map((name) => [`${name}_offset`, 0])),
    },
    groups: [Math.ceil((k * units) / 64)],
    split: 0,
    work: { flop: 30 * k * units, bytes: 40 * k * units },
  });
}
