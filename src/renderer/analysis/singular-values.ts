/** Singular values of a matrix, on the CPU in float64, by the eigenvalues of its smaller Gram matrix. */

/** Longest smaller side: what is larger would block the window. */
export const MOST_SIDE = 256;

/**
 * √ of the eigenvalues of XXᵀ (or XᵀX), largest first, min(m, n) of them; small ones are exact to about 10⁻⁸ of the largest.
 * Householder's tridiagonal form, then QL with implicit shifts (Press et al., Numerical Recipes, 11.2 and 11.3).
 * @param values [m, n], row-major, finite
 * @throws RangeError for a matrix whose smaller side is above 256
 */
export function singularValues(values: ArrayLike<number>, m: number, n: number): Float64Array {
  const side = Math.min(m, n);
  if (side > MOST_SIDE) throw new RangeError(`A matrix of ${m} × ${n} is too large for its singular values.`);
  const gram = new Float64Array(side * side);
  const at =
    m <= n
      ? (i: number, k: number) => values[i * n + k] ?? 0
      : (i: number, k: number) => values[k * n + i] ?? 0;
  const length = Math.max(m, n);
  for (let i = 0; i < side; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += at(i, k) * at(j, k);
      gram[i * side + j] = sum;
      gram[j * side + i] = sum;
    }
  const { diagonal, beside } = tridiagonal(gram, side);
  const eigenvalues = implicitQl(diagonal, beside);
  return eigenvalues.map((value) => Math.sqrt(Math.max(value, 0))).sort((a, b) => b - a);
}

/** A symmetric matrix [n, n] with the same eigenvalues that is 0 away from its diagonal and the one beside it. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const get = (i: number, j: number) => a[i * n + j] ?? 0;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(get(i, k));
    if (i === 1 || scale === 0) {
      beside[i] = get(i, i - 1);
      continue;
    }
    let h = 0;
    for (let k = 0; k < i; k++) {
      a[i * n + k] = get(i, k) / scale;
      h += get(i, k) ** 2;
    }
    const f = get(i, i - 1);
    const g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    beside[i] = scale * g;
    h -= f * g;
    a[i * n + i - 1] = f - g;
    let total = 0;
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += get(j, k) * get(i, k);
      for (let k = j + 1; k < i; k++) sum += get(k, j) * get(i, k);
      beside[j] = sum / h;
      total += (beside[j] ?? 0) * get(i, j);
    }
    const half = total / (h + h);
    for (let j = 0; j < i; j++) {
      const own = get(i, j);
      const other = (beside[j] ?? 0) - half * own;
      beside[j] = other;
      for (let k = 0; k <= j; k++) a[j * n + k] = get(j, k) - own * (beside[k] ?? 0) - other * get(i, k);
    }
  }
  for (let i = 0; i < n; i++) diagonal[i] = get(i, i);
  beside[0] = 0;
  return { diagonal, beside };
}

/** Eigenvalues of a symmetric tridiagonal matrix. @param beside element i stands between i − 1 and i */
function implicitQl(d: Float64Array, beside: Float64Array): Float64Array {
  const n = d.length;
  const e = new Float64Array(n);
  for (let i = 1; i < n; i++) e[i - 1] = beside[i] ?? 0;
  const D = (i: number) => d[i] ?? 0;
  const E = (i: number) => e[i] ?? 0;
  for (let l = 0; l < n; l++)
    for (let round = 0; round < 60; round++) {
      let m = l;
      while (m < n - 1 && Math.abs(E(m)) > Number.EPSILON * (Math.abs(D(m)) + Math.abs(D(m + 1)))) m++;
      if (m === l) break;
      let g = (D(l + 1) - D(l)) / (2 * E(l));
      const r0 = Math.hypot(g, 1);
      g = D(m) - D(l) + E(l) / (g + (g >= 0 ? r0 : -r0));
      let [s, c, p] = [1, 1, 0];
      let isSplit = false;
      for (let i = m - 1; i >= l; i--) {
        const f = s * E(i);
        const b = c * E(i);
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = D(i + 1) - p;
          e[m] = 0;
          isSplit = true;
          break;
        }
        s = f / r;
        c = g / r;
        g = D(i + 1) - p;
        const t = (D(i) - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
      }
      if (isSplit) continue;
      d[l] = D(l) - p;
      e[l] = g;
      e[m] = 0;
    }
  return d;
}
