import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from '../matmul/matmul.ts';
import { condensation, type Condensation } from './condense.ts';
import { leaveLessOut, startOf, type DerivedState } from './derived-states.ts';
import type { PackedCell } from './recurrent.ts';

/** The vectors as they were before they were condensed. */
interface Checkpoint {
  /** Steps that were done. */
  readonly done: number;
  readonly places: readonly Pick<DerivedState, 'first' | 'k' | 'rest'>[];
  /** Copies of the vectors and, of an LSTM, of the carry. */
  readonly copies: readonly GpuTensor[];
}

/** The vectors of a sweep on the GPU, those of one state after those of another; on the way they become fewer. */
export class SweepVectors {
  readonly #gpu: Gpu;
  readonly #parts: readonly DerivedState[];
  readonly #isLstm: boolean;
  /** Two buffers of [most, P], of which the first holds the vectors now; and of an LSTM two of [most, H]. */
  #vectors: [GpuTensor, GpuTensor];
  #carries: [GpuTensor, GpuTensor];
  readonly #checkpoints: Checkpoint[] = [];

  constructor(gpu: Gpu, { cell, state, units }: PackedCell, parts: readonly DerivedState[]) {
    this.#gpu = gpu;
    this.#parts = parts;
    this.#isLstm = cell === 'lstm';
    const most = this.count;
    const tensor = (width: number, label: string) => gpu.tensor([most, width], label, 'scratch');
    this.#vectors = [tensor(state, 'vectors'), tensor(state, 'vectors before the step')];
    const carry = tensor(units, 'carry');
    this.#carries = [carry, this.#isLstm ? tensor(units, 'condensed carry') : carry];
    gpu.upload(this.#vectors[0], startOf(parts, 'hidden', state));
    gpu.upload(carry, startOf(parts, 'cell', units));
  }

  /** K: how many there are. */
  get count(): number {
    return this.#parts.reduce((sum, { k, rest }) => sum + k + rest, 0);
  }

  /** Derivatives by the hidden state, [K, P]. */
  get vector(): GpuTensor {
    return rowsOf(this.#vectors[0], 0, this.count);
  }

  /** Room for those of the step before, [K, P]. */
  get next(): GpuTensor {
    return rowsOf(this.#vectors[1], 0, this.count);
  }

  /** Derivatives by the cell of an LSTM, [K, H]; else scratch. */
  get carry(): GpuTensor {
    return rowsOf(this.#carries[0], 0, this.count);
  }

  /** `next` are the vectors now. */
  step(): void {
    this.#vectors = [this.#vectors[1], this.#vectors[0]];
  }

  /**
   * Condenses the rows of states, where that leaves clearly fewer, and remembers them as they were.
   * @param norms of each state, about now; null: its rows stay as they are
   * @param done steps that were done
   */
  async condense(
    norms: readonly ({ readonly hidden: number; readonly cell: number } | null)[],
    done: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const gpu = this.#gpu;
    const rows = { vector: this.vector, carry: this.#isLstm ? this.carry : null };
    const plans = await Promise.all(
      this.#parts.map(async (part, i) => {
        const own = norms[i] ?? null;
        const seed = (done + 1) * this.#parts.length + i;
        return own === null || !part.exact ? null : condensation(gpu, part, rows, own, seed, signal);
      }),
    );
    if (plans.every((plan) => plan === null)) return;
    const matrices = plans.map(
      (plan) => plan && gpu.tensorFrom(plan.values, shapeOf(plan), 'condensation', 'scratch'),
    );
    try {
      await this.#apply(plans, matrices, done, signal);
    } finally {
      for (const matrix of matrices) if (matrix !== null) gpu.release(matrix);
    }
  }

  /** The buffers that hold something from step to step, each with its other one. */
  get #pairs(): readonly (readonly [GpuTensor, GpuTensor])[] {
    return this.#isLstm ? [this.#vectors, this.#carries] : [this.#vectors];
  }

  /** Writes the rows of all states into the other buffers, condensed where there is a plan. */
  async #apply(
    plans: readonly (Condensation | null)[],
    matrices: readonly (GpuTensor | null)[],
    done: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const gpu = this.#gpu;
    const rows = this.#pairs.map(([now]) => rowsOf(now, 0, this.count));
    const copies = rows.map(({ shape }) => gpu.tensor(shape, 'vectors before condensing', 'scratch'));
    const places = this.#parts.map(({ first, k, rest }) => ({ first, k, rest }));
    this.#checkpoints.push({ done, places, copies });
    await gpu.submit(
      'condensed rows',
      (recorder) => {
        for (const [i, own] of rows.entries()) recorder.copy(own, copies[i] ?? own);
        let next = 0;
        for (const [index, part] of this.#parts.entries()) {
          const { k, rest } = plans[index] ?? part;
          const a = matrices[index] ?? null;
          for (const [now, other] of this.#pairs) {
            const own = rowsOf(now, part.first, part.first + part.k + part.rest);
            const out = rowsOf(other, next, next + k + rest);
            if (a === null) recorder.copy(own, out);
            else matmul(recorder, { a, b: own, out, label: 'condensed rows' });
          }
          Object.assign(part, { first: next, k, rest });
          next += k + rest;
        }
      },
      { signal },
    );
    this.#vectors = [this.#vectors[1], this.#vectors[0]];
    this.#carries = [this.#carries[1], this.#carries[0]];
  }

  /**
   * Goes back to where some states had more rows than they have now; from there on less is left out of them.
   * @returns the steps that were done there
   */
  async restore(states: readonly DerivedState[], signal?: AbortSignal): Promise<number> {
    for (const state of states) leaveLessOut(state);
    const indices = states.map((state) => this.#parts.indexOf(state));
    const rowsNow = indices.map((index) => this.#parts[index]?.k ?? 0);
    for (;;) {
      const last = this.#checkpoints.pop();
      if (last === undefined) throw new Error('Rows that are all there leave nothing out.');
      const { done, places, copies } = last;
      const isEarlier = indices.every((index, i) => (places[index]?.k ?? 0) > (rowsNow[i] ?? 0));
      try {
        if (!isEarlier) continue;
        for (const [i, part] of this.#parts.entries()) Object.assign(part, places[i]);
        await this.#gpu.submit(
          'vectors as they were',
          (recorder) => {
            for (const [i, [now]] of this.#pairs.entries()) {
              const own = rowsOf(now, 0, this.count);
              recorder.copy(copies[i] ?? own, own);
            }
          },
          { signal },
        );
        return done;
      } finally {
        for (const copy of copies) this.#gpu.release(copy);
      }
    }
  }

  release(): void {
    const copies = this.#checkpoints.splice(0).flatMap((checkpoint) => checkpoint.copies);
    for (const tensor of new Set([...this.#vectors, ...this.#carries, ...copies])) this.#gpu.release(tensor);
  }
}

function shapeOf({ values, k, rest }: Condensation): readonly [number, number] {
  return [k + rest, values.length / (k + rest)];
}
