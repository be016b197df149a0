/** The states that a sweep through time derives: the vectors that it begins with, and the norms that it finds. */
import { BIDIAGONAL_SIZE } from '../analysis/bidiagonal.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';

/** Widest state whose Jacobian is computed whole; above it random probes estimate its norm. */
export const EXACT_STATE = BIDIAGONAL_SIZE;
/** Random probes above that. */
const PROBES = 64;

/** What is derived: the last hidden state, or the last cell of an LSTM. */
export type Derived = 'hidden' | 'cell';

/** Largest error of an exact norm, as a fraction of it, that what was left out of its rows may make: see `condense.ts`. */
const MOST_DOUBT = 1e-4;

/**
 * Share of ‖J‖² that may be left out of its rows: of the output of an LSTM, most of which fades at once, what its cell
 * carries further is a small share at first; its cell fades slowly, and so does all that is left out.
 */
const TOLERANCES = { hidden: 1e-8, output: 1e-12, cell: 1e-7 } as const;
/** What rounding makes of it, whatever was asked for. */
const LEAST_TOLERANCE = 1e-13;

/** One of the derived states in a sweep: its vectors stand in rows [first, first + k + rest). */
export interface DerivedState {
  readonly of: Derived;
  first: number;
  k: number;
  /** Rows after the k that stand for what was left out of them: Σ norms² of these estimates its share. */
  rest: number;
  /** Share of ‖J‖² that may be left out when its rows are condensed. */
  tolerance: number;
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
      ...{ of, first, k, rest: 0, exact, count: exact ? width : k * width },
      tolerance: TOLERANCES[of === 'hidden' && packed.cell === 'lstm' ? 'output' : of],
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
    if (part.of === of)
      values.set(part.exact ? identity(width) : signs(part.k * width, 1), part.first * width);
  return values;
}

/**
 * Takes over the norms of a position.
 * @param rows […, 2, K]: by h, and by c, from `at` on
 * @returns false: too much depends on what was left out of the rows for the norm to be called exact
 */
export function takeNorms(
  { of, first, k, rest, exact, count, result }: DerivedState,
  rows: Float32Array,
  at: number,
  K: number,
  t: number,
): boolean {
  const norm = (from: number) => {
    const kept = rows.subarray(from, from + k);
    if (!exact) return rootMeanSquare(kept, count);
    return rootWithRest(kept, rows.subarray(from + k, from + k + rest), count);
  };
  const byHidden = norm(at + first);
  const byCell = norm(at + K + first);
  result.frobenius[t] = byHidden.root;
  if (result.error !== null) result.error[t] = (of === 'cell' ? byCell : byHidden).error;
  if (result.cell !== null) result.cell[t] = byCell.root;
  return !exact || (byHidden.error <= MOST_DOUBT && (result.cell === null || byCell.error <= MOST_DOUBT));
}

/** Leaves less out from now on, of a state whose norms came to depend on what was left out. */
export function leaveLessOut(state: DerivedState): void {
  state.tolerance = Math.max(state.tolerance / 1000, LEAST_TOLERANCE);
}

function identity(width: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(width * width);
  for (let i = 0; i < width; i++) values[i * width + i] = 1;
  return values;
}

/** `count` random values of ±1, the same in every run. @param seed a whole number from 1 on */
export function signs(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = Math.imul(seed, 0x9e3779b9);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state & 0x10000 ? 1 : -1;
  }
  return values;
}

interface Norm {
  readonly root: number;
  /** One standard error of `root` as a fraction of it, from the spread of the squares. */
  readonly error: number;
}

/** √(Σ norms² / count) of random rows. */
function rootMeanSquare(norms: Float32Array, count: number): Norm {
  const squares = squaresOf(norms);
  const sum = sumOf(squares);
  return { root: Math.sqrt(sum / count), error: sum > 0 ? spread(squares) / (2 * sum) : 0 };
}

/** The same of rows that are all there, but for what random rows stand for. */
function rootWithRest(kept: Float32Array, rest: Float32Array, count: number): Norm {
  const squares = squaresOf(rest);
  const sum = sumOf(squaresOf(kept)) + sumOf(squares);
  return { root: Math.sqrt(sum / count), error: sum > 0 ? spread(squares) / (2 * sum) : 0 };
}

function squaresOf(norms: Float32Array): readonly number[] {
  return Array.from(norms, (norm) => norm ** 2);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** One standard error of a sum of independent values. */
function spread(values: readonly number[]): number {
  const mean = sumOf(values) / values.length;
  const variance = sumOf(values.map((value) => (value - mean) ** 2)) / Math.max(values.length - 1, 1);
  return Math.sqrt(values.length * variance);
}
