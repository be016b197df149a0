/** Fewer vectors for the same norms: the rows of a Jacobian soon lie nearly in a few directions. */
import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from '../matmul/matmul.ts';
import { signs, type DerivedState } from './derived-states.ts';
import { rangeBasis, takeOut, WITNESSES } from './range-basis.ts';

/** Random vectors that stand for what is left out. */
const REST = 8;
/** Fewest rows that are worth the wait for the CPU. */
const LEAST_ROWS = 32;
/** Share of the rows that may be left at most. */
const MOST_OF = 0.92;
/** A norm below which its reciprocal might be no number. */
const LEAST_NORM = 1e-30;

/** The vectors of a sweep: derivatives by h [K, P], and of an LSTM by c [K, H]. */
export interface SweepRows {
  readonly vector: GpuTensor;
  readonly carry: GpuTensor | null;
}

/** Rows of one state in fewer rows: C·J has the norms of J behind every further step. */
export interface Condensation {
  /** C, [k′ + rest′, k + rest] */
  readonly values: Float32Array<ArrayBuffer>;
  readonly k: number;
  readonly rest: number;
}

/**
 * How the rows J of a state can be condensed: Q spans nearly all of what their columns span, so that ‖QᵀJA‖ is nearly
 * ‖JA‖ for every A. What Q leaves out, R = J − QQᵀJ, is not dropped: E‖gᵀRA‖² of random signs g is ‖RA‖², so a few rows
 * gᵀR go along, add their share to every norm and tell how sure it is.
 * @param norms ‖∂s_T/∂h‖ and ‖∂s_T/∂c‖ of about now: both count alike, however far they lie apart
 * @param seed of the random vectors; another one at every call
 * @returns null: it takes nearly all of the rows
 */
export async function condensation(
  gpu: Gpu,
  { first, k, rest, tolerance }: DerivedState,
  { vector, carry }: SweepRows,
  norms: { readonly hidden: number; readonly cell: number },
  seed: number,
  signal?: AbortSignal,
): Promise<Condensation | null> {
  const sources = [
    { rows: vector, norm: norms.hidden },
    ...(carry === null ? [] : [{ rows: carry, norm: norms.cell }]),
  ].filter(({ norm }) => norm > LEAST_NORM);
  if (k < LEAST_ROWS || sources.length === 0) return null;
  // So many find a basis of which at most so many rows are left.
  const most = Math.floor(MOST_OF * (k + rest)) - REST;
  const count = Math.min(most + WITNESSES, k);
  const held: GpuTensor[] = [];
  const tensor = (shape: readonly number[], label: string) => {
    const made = gpu.tensor(shape, label, 'scratch');
    held.push(made);
    return made;
  };
  try {
    const products = sources.map(({ rows, norm }, at) => {
      const width = rows.shape[1] ?? 1;
      const random = tensor([count, width], 'random vectors');
      gpu.upload(random, signs(count * width, 3 * seed + at));
      return {
        random,
        own: rowsOf(rows, first, first + k),
        scale: 1 / norm,
        out: tensor([count, k], 'sketch'),
      };
    });
    await gpu.submit(
      'sketch of a Jacobian',
      (recorder) => {
        for (const [at, { random, own, scale, out }] of products.entries()) {
          const residual = products[at - 1]?.out;
          matmul(recorder, { a: random, b: own, transposed: true, out, scale, residual, label: 'sketch' });
        }
      },
      { signal },
    );
    const sketch = products.at(-1)?.out;
    if (sketch === undefined) return null;
    const basis = rangeBasis(await gpu.read(sketch, signal), k, tolerance);
    if (basis === null || basis.length > most) return null;
    return { values: combine(basis, k, rest, seed), k: basis.length, rest: REST };
  } finally {
    for (const one of held) gpu.release(one);
  }
}

/** Qᵀ, and below it gᵀ(1 − QQᵀ)/√REST; to these the rows that stand for what was left out before are added. */
function combine(
  basis: readonly Float64Array[],
  k: number,
  rest: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const width = k + rest;
  const values = new Float32Array((basis.length + REST) * width);
  for (const [i, vector] of basis.entries()) values.set(vector, i * width);
  const random = signs(REST * k, 3 * seed + 2);
  for (let i = 0; i < REST; i++) {
    const outside = Float64Array.from(random.subarray(i * k, (i + 1) * k));
    takeOut(basis, outside);
    const at = (basis.length + i) * width;
    values.set(
      outside.map((value) => value / Math.sqrt(REST)),
      at,
    );
    if (rest > 0) values[at + k + i] = 1;
  }
  return values;
}
