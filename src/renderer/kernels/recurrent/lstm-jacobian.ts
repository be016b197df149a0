/** Many vectors taken backwards through an LSTM: the gates' slopes are put into the weights, once for all of them. */
import jacobianCode from '../../../shaders/lstm-jacobian.wgsl?raw';
import joinedCode from '../../../shaders/lstm-joined.wgsl?raw';
import slopesCode from '../../../shaders/lstm-slopes.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { matmul, matmulByRows } from '../matmul/matmul.ts';
import { GATE_SLOPES, type PackedCell, type RecurrentSlabs } from './recurrent.ts';
import type { BackwardStep } from './recurrent-backward.ts';

/** Rows that a thread takes. */
const ROWS = 16;
/** Steps whose matrices are made at once. */
const STEPS = 4;

export const lstmSlopes = defineKernel('lstm-slopes', slopesCode);
export const lstmJacobian = defineKernel('lstm-jacobian', jacobianCode, [{ STEPS }]);
export const lstmJoined = defineKernel('lstm-joined', joinedCode);

/** Planes of the slopes. */
const PLANES = 6;
/** Fewest vectors for which a step's matrix is worth making. */
const LEAST_VECTORS = 32;

/** True when so many vectors go through the matrix of a step faster than through its gates. */
export function goesByMatrix({ cell, units, recurrent }: PackedCell, vectors: number): boolean {
  // Of a layer that takes several buffers, the matrix of a step would take as many.
  return cell === 'lstm' && units % 4 === 0 && recurrent.length === 1 && vectors >= LEAST_VECTORS;
}

/**
 * A stretch of an LSTM's steps that many vectors are taken backwards through, in order. All that comes to the cell,
 * dc = v_c + v_h·o·(1 − tanh²c), goes through the gates i, f and g, and v_h through o:
 * v_h ← [dc, v_h]·[D(δi)U_i + D(δf)U_f + D(δg)U_g; D(δo)U_o], half the product with all four gates.
 */
export class LstmStretch {
  readonly #recorder: Recorder;
  readonly #packed: PackedCell;
  readonly #positions: readonly number[];
  /** [rows, 6, H], row 0 being the least position. */
  readonly #slopes: GpuTensor;
  readonly #first: number;
  /** Matrices of some steps, [count, P, 2H], row 0 being step `#made`. */
  #matrices: GpuTensor | null = null;
  #made = 0;

  /** @param positions adjacent ones, up or down, as they are stepped through */
  constructor(
    recorder: Recorder,
    packed: PackedCell,
    { cells, gates, gatesFirst, reverse }: RecurrentSlabs,
    positions: readonly number[],
  ) {
    if (cells === null || gates === null) throw new Error('Slopes of an LSTM need its cells and its gates.');
    const { units, gates: activation } = packed;
    const rows = positions.length;
    this.#recorder = recorder;
    this.#packed = packed;
    this.#positions = positions;
    this.#first = Math.min(...positions);
    this.#slopes = recorder.temp([rows, PLANES, units], 'slopes');
    recorder.dispatch({
      kernel: lstmSlopes,
      bind: { cells, gates, slopes: this.#slopes },
      params: {
        ...{ first: this.#first, rows, units, reverse },
        gates_first: gatesFirst,
        gates_rows: gates.shape[1] ?? 0,
        gate_slope: GATE_SLOPES[activation],
      },
      groups: [Math.ceil((rows * units) / 64)],
      split: 0,
      work: { flop: 40 * rows * units, bytes: 48 * rows * units },
    });
  }

  /** As `recordBackwardStep` at `positions[at]`. */
  step(at: number, { vector, next, carry }: Pick<BackwardStep, 'vector' | 'next' | 'carry'>): void {
    const recorder = this.#recorder;
    const { units: H, projection } = this.#packed;
    const k = vector.shape[0] ?? 1;
    const row = (this.#positions[at] ?? 0) - this.#first;
    const matrix = this.#matrix(row);
    const raw = projection === null ? vector : recorder.temp([k, H], 'before projection');
    if (projection !== null)
      matmul(recorder, {
        ...{ a: vector, b: projection, transposed: true, out: raw },
        label: 'backward projection',
      });
    const joined = recorder.temp([k, 2 * H], 'joined');
    recorder.dispatch({
      kernel: lstmJoined,
      bind: { vector: raw, slopes: this.#slopes, carry, joined },
      params: { vectors: k, units: H, row },
      groups: [Math.ceil(H / 64), Math.ceil(k / ROWS)],
      split: 1,
      work: { flop: 3 * k * H, bytes: 20 * k * H },
    });
    matmulByRows(recorder, { a: joined, b: matrix, transposed: true, out: next, label: 'backward' });
    recorder.free(joined);
    if (projection !== null) recorder.free(raw);
  }

  /** The matrix of a step, [P, 2H]: those of the next steps are made with it. */
  #matrix(row: number): GpuTensor {
    const { units: H, state: P, recurrent } = this.#packed;
    const [count = 0] = this.#matrices?.shape ?? [];
    if (this.#matrices === null || row < this.#made || row >= this.#made + count) {
      this.release();
      const [block] = recurrent;
      if (block === undefined) throw new Error('A recurrent layer has no units.');
      const isDown = (this.#positions[0] ?? 0) > this.#first;
      const steps = Math.min(STEPS, isDown ? row + 1 : this.#positions.length - row);
      this.#made = isDown ? row - steps + 1 : row;
      this.#matrices = this.#recorder.temp([steps, P, 2 * H], 'matrices of some steps');
      this.#recorder.dispatch({
        kernel: lstmJacobian,
        constants: { STEPS },
        bind: { recurrent: block.weights, slopes: this.#slopes, out: this.#matrices },
        params: { state: P, units: H, row: this.#made, steps },
        groups: [Math.ceil(H / 64), Math.ceil(P / ROWS)],
        split: 1,
        work: { flop: 6 * steps * P * H, bytes: (16 + 8 * steps) * P * H },
      });
    }
    const at = row - this.#made;
    return reshape(rowsOf(this.#matrices, at, at + 1), [P, 2 * H]);
  }

  /** Nothing more goes through: the buffers are free for what comes. */
  release(): void {
    if (this.#matrices !== null) this.#recorder.free(this.#matrices);
    this.#matrices = null;
  }
}
