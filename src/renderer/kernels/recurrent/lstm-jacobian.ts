/** Many vectors taken backwards through an LSTM: the gates' slopes are put into the weights, once for all of them. */
import jacobianCode from '../../../shaders/lstm-jacobian.wgsl?raw';
import joinedCode from '../../../shaders/lstm-joined.wgsl?raw';
import slopesCode from '../../../shaders/lstm-slopes.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from '../matmul/matmul.ts';
import { GATE_SLOPES, type PackedCell, type RecurrentSlabs } from './recurrent.ts';
import type { BackwardStep } from './recurrent-backward.ts';

export const lstmSlopes = defineKernel('lstm-slopes', slopesCode);
export const lstmJacobian = defineKernel('lstm-jacobian', jacobianCode);
export const lstmJoined = defineKernel('lstm-joined', joinedCode);

/** Planes of the slopes. */
const PLANES = 6;
/** Fewest vectors for which a step's matrix is worth making. */
const LEAST_VECTORS = 32;

/** True when so many vectors go through the matrix of a step faster than through its gates. */
export function goesByMatrix({ cell, units, recurrent }: PackedCell, vectors: number): boolean {
  return cell === 'lstm' && units % 4 === 0 && recurrent.offset % 4 === 0 && vectors >= LEAST_VECTORS;
}

/** Slopes of a stretch of steps. */
export interface LstmSlopes {
  /** [rows, 6, H] */
  readonly values: GpuTensor;
  /** Position of row 0. */
  readonly first: number;
}

/** The slopes of positions [first, first + rows): a temporary. */
export function recordLstmSlopes(
  recorder: Recorder,
  { units, gates: activation }: PackedCell,
  { cells, gates, gatesFirst, reverse }: RecurrentSlabs,
  first: number,
  rows: number,
): LstmSlopes {
  if (cells === null || gates === null) throw new Error('Slopes of an LSTM need its cells and its gates.');
  const slopes = recorder.temp([rows, PLANES, units], 'slopes');
  recorder.dispatch({
    kernel: lstmSlopes,
    bind: { cells, gates, slopes },
    params: {
      ...{ first, rows, units, reverse },
      gates_first: gatesFirst,
      gates_rows: gates.shape[1] ?? 0,
      gate_slope: GATE_SLOPES[activation],
    },
    groups: [Math.ceil((rows * units) / 64)],
    split: 0,
    work: { flop: 40 * rows * units, bytes: 48 * rows * units },
  });
  return { values: slopes, first };
}

/**
 * As `recordBackwardStep` for k vectors of an LSTM. All that comes to the cell, dc = v_c + v_h·o·(1 − tanh²c), goes
 * through the gates i, f and g, and v_h through o: v_h ← [dc, v_h]·[D(δi)U_i + D(δf)U_f + D(δg)U_g; D(δo)U_o], half the
 * product with all four gates.
 */
export function recordBackwardByMatrix(
  recorder: Recorder,
  { packed, position, vector, next, carry }: Omit<BackwardStep, 'slabs' | 'inputs'>,
  { values: slopes, first }: LstmSlopes,
): void {
  const { units: H, state: P, recurrent, projection } = packed;
  const k = vector.shape[0] ?? 1;
  const row = position - first;
  const matrix = recorder.temp([P, 2 * H], 'matrix of the step');
  recorder.dispatch({
    kernel: lstmJacobian,
    bind: { recurrent, slopes, out: matrix },
    params: { state: P, units: H, row },
    groups: [Math.ceil(H / 64), Math.ceil(P / 8)],
    split: 1,
    work: { flop: 6 * P * H, bytes: 24 * P * H },
  });
  const raw = projection === null ? vector : recorder.temp([k, H], 'before projection');
  if (projection !== null)
    matmul(recorder, { a: vector, b: projection, transposed: true, out: raw, label: 'backward projection' });
  const joined = recorder.temp([k, 2 * H], 'joined');
  recorder.dispatch({
    kernel: lstmJoined,
    bind: { vector: raw, slopes, carry, joined },
    params: { vectors: k, units: H, row },
    groups: [Math.ceil(H / 64), Math.ceil(k / 8)],
    split: 1,
    work: { flop: 3 * k * H, bytes: 20 * k * H },
  });
  matmul(recorder, { a: joined, b: matrix, transposed: true, out: next, label: 'backward' });
  recorder.free(joined);
  if (projection !== null) recorder.free(raw);
  recorder.free(matrix);
}
