/** Products with recurrent weights, whatever number of buffers hold them. */
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { matmul, matmulByRows } from '../matmul/matmul.ts';
import { sumOfParts } from '../matmul/matmul-parts.ts';
import { asMatrix } from '../matmul/weight.ts';
import { gateCount, type PackedCell } from './recurrent.ts';

/** out [1, H·G] = state [1, P]·U, with the recurrent bias of a GRU. */
export function timesRecurrent(
  recorder: Recorder,
  { cell, units, recurrent, recurrentBias }: PackedCell,
  state: GpuTensor,
  out: GpuTensor,
): void {
  const G = gateCount(cell);
  for (const { first, units: count, weights } of recurrent) {
    const own = (tensor: GpuTensor, shape: readonly number[]) =>
      reshape(rowsOf(reshape(tensor, [units, G]), first, first + count), shape);
    matmul(recorder, {
      ...{ a: state, b: weights, out: own(out, [1, count * G]), label: 'recurrent product' },
      bias: recurrentBias === null ? undefined : own(recurrentBias, [count * G]),
    });
  }
}

/** out [k, P] = delta [k, H·G]·Uᵀ + residual. */
export function backThroughRecurrent(
  recorder: Recorder,
  { recurrent }: PackedCell,
  delta: GpuTensor,
  out: GpuTensor,
  residual?: GpuTensor,
): void {
  const pieces = recurrent.map(({ weights }) => ({
    rows: weights.shape[1] ?? 0,
    use: (product: (b: ReturnType<typeof asMatrix>) => void) => product(asMatrix(weights)),
  }));
  const [first] = recurrent;
  if (first === undefined) throw new Error('A recurrent layer has no units.');
  const call = { a: delta, b: first.weights, transposed: true, out, residual, label: 'backward' };
  sumOfParts(recorder, call, pieces, (piece) => matmulByRows(recorder, piece));
}
