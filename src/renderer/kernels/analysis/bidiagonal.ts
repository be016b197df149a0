import code from '../../../shaders/bidiagonal.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';

export const bidiagonal = defineKernel('bidiagonal', code);

/** Widest and highest matrix. */
export const BIDIAGONAL_SIZE = 512;
const ROUNDS = 48;

/** Rounds for a matrix of n columns: exact when they reach n, to about 10⁻⁴ of the norm else. */
export function bidiagonalRounds(columns: number): number {
  return Math.min(columns, ROUNDS);
}

/**
 * Bidiagonalises `matrix` [m, n]: alpha [rounds] and beta [rounds] from element `first` of `out` on.
 * @param right scratch of at least [48, n]
 * @throws Error for a matrix above 512 × 512.
 */
export function recordBidiagonal(
  recorder: Recorder,
  matrix: GpuTensor,
  right: GpuTensor,
  out: GpuTensor,
  first: number,
): void {
  const [rows = 1, columns = 1] = matrix.shape;
  if (rows > BIDIAGONAL_SIZE || columns > BIDIAGONAL_SIZE)
    throw new Error(`A matrix of ${rows} × ${columns} is too large for the spectral norm.`);
  const rounds = bidiagonalRounds(columns);
  recorder.dispatch({
    kernel: bidiagonal,
    bind: { matrix, right, out },
    params: { rows, columns, rounds, first },
    groups: [1],
    work: { flop: 4 * rounds * rows * columns, bytes: 8 * rounds * rows * columns },
  });
}

/** The largest singular value of the bidiagonal matrix, by bisection with Sturm counts of BᵀB; 0 for a zero matrix. */
export function largestSingularValue(alpha: ArrayLike<number>, beta: ArrayLike<number>): number {
  const n = alpha.length;
  const scale = Math.max(...Array.from(alpha, Math.abs), ...Array.from(beta, Math.abs));
  if (!(scale > 0)) return 0;
  const a = Array.from(alpha, (value) => value / scale);
  // The last beta leads out of the matrix.
  const b = Array.from({ length: n }, (_, i) => (i + 1 < n ? (beta[i] ?? 0) / scale : 0));
  // BᵀB is tridiagonal: αᵢ² + βᵢ₋₁² on the diagonal, αᵢβᵢ beside it.
  const diagonal = a.map((value, i) => value ** 2 + (b[i - 1] ?? 0) ** 2);
  const beside = a.map((value, i) => (value * (b[i] ?? 0)) ** 2);
  const below = (x: number) => {
    let count = 0;
    let q = 1;
    for (let i = 0; i < n; i++) {
      q = (diagonal[i] ?? 0) - x - (i === 0 ? 0 : (beside[i - 1] ?? 0) / (q === 0 ? 1e-300 : q));
      if (q < 0) count++;
    }
    return count;
  };
  let low = 0;
  let high = 4;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (below(middle) < n) low = middle;
    else high = middle;
  }
  return scale * Math.sqrt(high);
}
