import {
  at,
  gateSlope,
  product,
  type ReferenceCell,
  type ReferenceState,
  type ReferenceStep,
} from './recurrent.reference.ts';

/** A dense matrix [rows, columns], row-major, float64. */
export interface Dense {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

const dense = (rows: number, columns: number, value: (i: number, j: number) => number): Dense => ({
  rows,
  columns,
  values: Float64Array.from({ length: rows * columns }, (_, n) =>
    value(Math.floor(n / columns), n % columns),
  ),
});

const entry = ({ values, columns }: Dense, i: number, j: number) => at(values, i * columns + j);

/** a·b */
export function multiply(a: Dense, b: Dense): Dense {
  return dense(a.rows, b.columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += entry(a, i, k) * entry(b, k, j);
    return sum;
  });
}

/**
 * J = ∂[h; c]/∂[h′; c′] of one step, [P + H, P + H] (or [H, H] without a cell), from the textbook's formulas:
 * LSTM: ∂c/∂h′ = D(c′f(1−f))U_f + D(g i(1−i))U_i + D(i(1−g²))U_g; ∂c/∂c′ = D(f); A = D(o(1−tanh²c));
 *   ∂h/∂h′ = D(tanh c · o(1−o))U_o + A ∂c/∂h′; ∂h/∂c′ = A D(f); a projection multiplies the rows of h.
 *   Of a hard sigmoid i(1−i) and its like are its slope, or 0 where the gate is 0 or 1.
 * GRU: J = D(z) + D((h′−n)z(1−z))U_z + D((1−z)(1−n²))·∂(inner)/∂h′ with, after the product,
 *   D(r)U_n + D(u r(1−r))U_r, and before it, U_n (D(r) + D(h′ r(1−r))U_r). RNN: J = D(1−h²)U.
 */
export function stepJacobian(weights: ReferenceCell, before: ReferenceState, step: ReferenceStep): Dense {
  const { cell, units: H, state: P } = weights;
  /** Row j of gate g's recurrent weights, column k. */
  const U = (g: number, j: number, k: number) => at(weights.recurrent, (g * H + j) * P + k);
  const eye = (j: number, k: number) => (j === k ? 1 : 0);
  const gate = (g: number, j: number) => at(step.gates[g] as Float64Array, j);
  const slope = (value: number) => gateSlope(weights.gates, value);
  switch (cell) {
    case 'rnn-tanh':
      return dense(H, H, (j, k) => (1 - at(step.h, j) ** 2) * U(0, j, k));
    case 'rnn-relu':
      return dense(H, H, (j, k) => (at(step.h, j) > 0 ? U(0, j, k) : 0));
    case 'gru':
    case 'gru-reset-before': {
      const inner =
        cell === 'gru'
          ? dense(H, H, (j, k) => gate(0, j) * U(2, j, k) + gate(3, j) * slope(gate(0, j)) * U(0, j, k))
          : multiply(
              dense(H, H, (j, k) => U(2, j, k)),
              dense(
                H,
                H,
                (j, k) => eye(j, k) * gate(0, j) + at(before.h, j) * slope(gate(0, j)) * U(0, j, k),
              ),
            );
      return dense(
        H,
        H,
        (j, k) =>
          eye(j, k) * gate(1, j) +
          (at(before.h, j) - gate(2, j)) * slope(gate(1, j)) * U(1, j, k) +
          (1 - gate(1, j)) * (1 - gate(2, j) ** 2) * entry(inner, j, k),
      );
    }
    case 'lstm': {
      const [i, f, g, o] = [0, 1, 2, 3].map((n) => (j: number) => gate(n, j)) as [F, F, F, F];
      const squashed = (j: number) => Math.tanh(at(step.c, j));
      const A = (j: number) => o(j) * (1 - squashed(j) ** 2);
      const ch = dense(
        H,
        P,
        (j, k) =>
          at(before.c, j) * slope(f(j)) * U(1, j, k) +
          g(j) * slope(i(j)) * U(0, j, k) +
          i(j) * (1 - g(j) ** 2) * U(2, j, k),
      );
      /** ∂(o·tanh c)/∂[h′; c′] */
      const raw = dense(H, P + H, (j, k) =>
        k < P ? squashed(j) * slope(o(j)) * U(3, j, k) + A(j) * entry(ch, j, k) : A(j) * f(j) * eye(j, k - P),
      );
      const h =
        weights.projection === null
          ? raw
          : multiply({ rows: P, columns: H, values: weights.projection }, raw);
      return dense(P + H, P + H, (j, k) => {
        if (j < P) return entry(h, j, k);
        return k < P ? entry(ch, j - P, k) : f(j - P) * eye(j - P, k - P);
      });
    }
  }
}

type F = (j: number) => number;

/** Rows [firstRow, firstRow + rows) and columns [first, first + columns). */
export function block(matrix: Dense, rows: number, first: number, columns: number, firstRow = 0): Dense {
  return dense(rows, columns, (i, j) => entry(matrix, firstRow + i, first + j));
}

/** The identity [n, n]. */
export function identity(n: number): Dense {
  return dense(n, n, (i, j) => (i === j ? 1 : 0));
}

export function frobenius({ values }: Dense): number {
  return Math.hypot(...values);
}

/** The largest singular value, by power iteration until it stands still. */
export function spectralNorm(matrix: Dense): number {
  let v = Float64Array.from({ length: matrix.columns }, (_, j) => 1 + ((j * 7) % 5));
  let value = 0;
  for (let round = 0; round < 20_000; round++) {
    const u = product(matrix.values, 0, matrix.rows, v);
    const next = Float64Array.from({ length: matrix.columns }, (_, j) =>
      u.reduce((sum, x, i) => sum + x * entry(matrix, i, j), 0),
    );
    const size = Math.hypot(...next);
    const before = value;
    value = Math.sqrt(size / Math.hypot(...v));
    if (size === 0) return 0;
    v = next.map((x) => x / size);
    if (Math.abs(value - before) <= 1e-13 * value) break;
  }
  return value;
}
