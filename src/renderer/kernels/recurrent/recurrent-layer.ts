import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { recordGruStep } from './gru-step.ts';
import { recordLstmStep } from './lstm-step.ts';
import { matmul } from '../matmul/matmul.ts';
import { GATE_PLANES, gateCount, type PackedCell, type RecurrentSlabs } from './recurrent.ts';
import { recordRnnStep } from './rnn-step.ts';

/** Positions whose input products are computed in one go. */
export const PRODUCT_POSITIONS = 64;

/** One direction of one layer over its input. */
export interface RecurrentLayer {
  readonly packed: PackedCell;
  /** The parts of the input, [T, B, Iₚ] each, in the order of `packed.input`. */
  readonly inputs: readonly GpuTensor[];
  readonly slabs: RecurrentSlabs;
}

/**
 * Positions [from, to) of a layer in the order that it reads them. The state before them must be in the slabs: the
 * initial one, or that of an earlier call.
 *
 * W x is one matmul for up to 64 positions; then one dispatch a step. A layer whose slabs have no room for gates
 * (`gates` null although the cell has some) computes them into scratch and forgets them.
 */
export function recordRecurrentLayer(
  recorder: Recorder,
  { packed, inputs, slabs }: RecurrentLayer,
  from = 0,
  to: number = slabs.positions,
): void {
  const { batch, reverse } = slabs;
  const planes = GATE_PLANES[packed.cell].length;
  const raw = packed.projection === null ? null : recorder.temp([batch, packed.units], 'raw output');
  for (let done = 0; done < to - from; done += PRODUCT_POSITIONS) {
    const count = Math.min(PRODUCT_POSITIONS, to - from - done);
    const first = reverse ? to - done - count : from + done;
    const product = inputProduct(recorder, packed, inputs, first, count, batch);
    const scratch =
      planes > 0 && slabs.gates === null
        ? recorder.temp([planes, count, batch, packed.units], 'gates')
        : null;
    const own = scratch === null ? slabs : { ...slabs, gates: scratch, gatesFirst: first };
    for (let i = 0; i < count; i++) {
      const position = reverse ? first + count - 1 - i : first + i;
      const step = { packed, slabs: own, position, product, productFirst: first };
      if (packed.cell === 'lstm') recordLstmStep(recorder, step, raw);
      else if (gateCount(packed.cell) === 3) recordGruStep(recorder, step);
      else recordRnnStep(recorder, step);
    }
    recorder.free(product);
    if (scratch !== null) recorder.free(scratch);
  }
  if (raw !== null) recorder.free(raw);
}

/** Rows of the state that belong to the positions: [T, B, ·] of a slab [T + 1, B, ·]. */
export function outputRows(slab: GpuTensor, slabs: RecurrentSlabs): GpuTensor {
  return slabs.reverse ? rowsOf(slab, 0, slabs.positions) : rowsOf(slab, 1, slabs.positions + 1);
}

/** Row of a state slab that holds the initial state. */
export function initialRow(slabs: RecurrentSlabs): number {
  return slabs.reverse ? slabs.positions : 0;
}

/** W x with its bias for `count` positions from `first` on, [count, B, H·G]: a temporary. */
function inputProduct(
  recorder: Recorder,
  packed: PackedCell,
  inputs: readonly GpuTensor[],
  first: number,
  count: number,
  batch: number,
): GpuTensor {
  const width = packed.units * gateCount(packed.cell);
  let sum: GpuTensor | null = null;
  for (const [part, b] of packed.input.entries()) {
    const whole = inputs[part];
    if (whole === undefined) throw new Error(`A recurrent layer lacks part ${part} of its input.`);
    const rows = rowsOf(whole, first, first + count);
    const out: GpuTensor = recorder.temp([count * batch, width], 'input product');
    matmul(recorder, {
      a: reshape(rows, [count * batch, whole.shape.at(-1) ?? 0]),
      b,
      transposed: true,
      out,
      // Each part adds to the sum of those before it.
      ...(sum === null ? { bias: packed.inputBias } : { residual: sum }),
      label: 'input product',
    });
    if (sum !== null) recorder.free(sum);
    sum = out;
  }
  if (sum === null) throw new Error('A recurrent layer has no input.');
  return sum;
}
