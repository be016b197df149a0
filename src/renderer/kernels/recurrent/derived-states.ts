/** The states that a sweep through time derives: the vectors that it begins with, and the norms that it finds. */
import { BIDIAGONAL_SIZE } from '../analysis/bidiagonal.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';

/** Widest state whose Jacobian is computed whole; above it random probes estimate its norm. */
export const EXACT_STATE = BIDIAGONAL_SIZE;
/** Random probes above that. */
const PROBES = 64;

/** What is derived: the last hidden state, or the last cell of an LSTM. */
export type Derived = 'hidden' | 'cell';

/** One of the derived states in a sweep: its vectors stand in rows [first, first + k). */
export interface DerivedState {
  readonly of: Derived;
  readonly first: number;
  readonly k: number;
  /** Its vectors are the identity. */
  readonly exact: boolean;
  /** Σ norms² is ‖J‖² with the identity, and k times its estimate with signs; this times the width. */
  readonly count: number;
  readonly result: {
    readonly frobenius: Float32Array<ArrayBuffer>;
    readonly cell: Float32Array<ArrayBuffer> | null;
    readonly spectral: Float32Array<ArrayBuffer> | null;
    readonly error: Float32Array<ArrayBuffer> | null;
  };
}

/** The vectors of each state that is derived, one after another. */
export function derivedStates(
  { packed, slabs }: RecurrentLayer,
  derived: readonly Derived[],
  { probes, spectral = false }: { readonly probes?: number; readonly spectral?: boolean },
): DerivedState[] {
  const T = slabs.positions;
  let first = 0;
  return derived.map((of) => {
    const width = of === 'cell' ? packed.units : packed.state;
    const exact = probes === undefined && width <= EXACT_STATE;
    const k = exact ? width : (probes ?? PROBES);
    const part = {
      ...{ of, first, k, exact, count: exact ? width : k * width },
      result: {
        frobenius: new Float32Array(T),
        cell: packed.cell === 'lstm' ? new Float32Array(T) : null,
        spectral: exact && spectral && of === 'hidden' ? new Float32Array(T) : null,
        error: exact ? null : new Float32Array(T),
      },
    };
    first += k;
    return part;
  });
}

/** The vectors that a sweep begins with in h, or in c: those of the states that are derived there; else 0. */
export function startOf(
  parts: readonly DerivedState[],
  of: Derived,
  width: number,
): Float32Array<ArrayBuffer> {
  const K = parts.reduce((sum, { k }) => sum + k, 0);
  const values = new Float32Array(K * width);
  for (const part of parts)
    if (part.of === of) values.set(startVectors(part.k, width, part.exact), part.first * width);
  return values;
}

/** Takes over the norms of a position. @param rows […, 2, K]: by h, and by c, from `at` on */
export function takeNorms(
  { of, first, k, count, result }: DerivedState,
  rows: Float32Array,
  at: number,
  K: number,
  t: number,
): void {
  const byHidden = rootMeanSquare(rows.subarray(at + first, at + first + k), count);
  const byCell = rootMeanSquare(rows.subarray(at + K + first, at + K + first + k), count);
  result.frobenius[t] = byHidden.root;
  if (result.error !== null) result.error[t] = (of === 'cell' ? byCell : byHidden).error;
  if (result.cell !== null) result.cell[t] = byCell.root;
}

/** The identity, or rows of ±1 that are the same in every run. */
function startVectors(k: number, P: number, exact: boolean): Float32Array<ArrayBuffer> {
  const values = new Float32Array(k * P);
  if (exact) for (let i = 0; i < P; i++) values[i * P + i] = 1;
  else {
    let state = 0x9e3779b9;
    for (let i = 0; i < values.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[i] = state & 0x10000 ? 1 : -1;
    }
  }
  return values;
}

/** √(Σ norms² / count), and one standard error of it as a fraction, from the spread of the squares. */
function rootMeanSquare(norms: Float32Array, count: number): { root: number; error: number } {
  const squares = Array.from(norms, (norm) => norm ** 2);
  const sum = squares.reduce((total, square) => total + square, 0);
  const mean = sum / squares.length;
  const variance =
    squares.reduce((total, square) => total + (square - mean) ** 2, 0) / Math.max(squares.length - 1, 1);
  const error = mean > 0 ? Math.sqrt(variance / squares.length) / (2 * mean) : 0;
  return { root: Math.sqrt(sum / count), error };
}
