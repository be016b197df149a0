/** Eigenpairs of small symmetric matrices, on the CPU in float64. */
export interface SymmetricEigen {
  /** Largest first. */
  readonly values: readonly number[];
  /** Unit vectors in the order of the values. */
  readonly vectors: readonly (readonly number[])[];
}

/** Sweeps over all pairs; Jacobi's method needs about six. */
const MOST_SWEEPS = 30;

/**
 * Jacobi's method on the symmetric part of a row-major matrix [n, n] (more values behind it are ignored). A matrix with
 * numbers that are not finite gives zeros.
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): SymmetricEigen {
  const a = new Float64Array(n * n);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    v[i * n + i] = 1;
    for (let j = 0; j < n; j++) a[i * n + j] = ((matrix[i * n + j] ?? 0) + (matrix[j * n + i] ?? 0)) / 2;
  }
  if (!a.every(Number.isFinite)) a.fill(0);
  const scale = a.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        off = Math.max(off, Math.abs(a[p * n + q] ?? 0));
        annul(a, v, n, p, q);
      }
    if (off <= 1e-15 * scale) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (a[j * n + j] ?? 0) - (a[i * n + i] ?? 0),
  );
  return {
    values: order.map((i) => a[i * n + i] ?? 0),
    vectors: order.map((i) => Array.from({ length: n }, (_, row) => v[row * n + i] ?? 0)),
  };
}

/** Rotates rows and columns p and q so that a[p, q] becomes 0; v takes part. */
function annul(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q] ?? 0;
  if (apq === 0) return;
  const theta = ((a[q * n + q] ?? 0) - (a[p * n + p] ?? 0)) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (m: Float64Array, i: number, j: number) => {
    const [x, y] = [m[i] ?? 0, m[j] ?? 0];
    m[i] = c * x - s * y;
    m[j] = s * x + c * y;
  };
  for (let k = 0; k < n; k++) {
    turn(a, k * n + p, k * n + q);
    turn(v, k * n + p, k * n + q);
  }
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
}
