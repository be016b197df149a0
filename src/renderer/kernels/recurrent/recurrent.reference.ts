import { GATE_SLOPES, gateCount, type Cell, type GateActivation } from './recurrent.ts';

/** One direction of one layer with its weights as the frameworks store them, gate after gate, in float64. */
export interface ReferenceCell {
  readonly cell: Cell;
  /** What squashes the gates, of an LSTM or a GRU. */
  readonly gates: GateActivation;
  readonly inputs: number;
  readonly units: number;
  /** P; H without a projection. */
  readonly state: number;
  /** [G·H, I], [G·H, P], [G·H], [G·H] */
  readonly input: Float64Array;
  readonly recurrent: Float64Array;
  readonly inputBias: Float64Array;
  readonly recurrentBias: Float64Array;
  /** [P, H]; null without a projection. */
  readonly projection: Float64Array | null;
}

/** The state of one sequence. */
export interface ReferenceState {
  /** [P] */
  readonly h: Float64Array;
  /** [H]; empty but for an LSTM. */
  readonly c: Float64Array;
}

/** What one step gives: the new state, and the gate planes in the order of `GATE_PLANES`, each [H]. */
export interface ReferenceStep extends ReferenceState {
  readonly gates: readonly Float64Array[];
}

const GATES: Record<GateActivation, (x: number) => number> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hard_sigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  'hard_sigmoid_0.2': (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
};

/** The derivative of a gate by what it squashes, where it has the value y. */
export function gateSlope(gates: GateActivation, y: number): number {
  if (gates === 'sigmoid') return y * (1 - y);
  return y > 0 && y < 1 ? GATE_SLOPES[gates] : 0;
}

/** Element i, which must be there. */
export const at = (values: Float64Array, i: number) => values[i] as number;

/** y[i] = Σⱼ matrix[first + i, j] · x[j] for `rows` rows. */
export function product(matrix: Float64Array, first: number, rows: number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += at(matrix, (first + i) * x.length + j) * at(x, j);
    return sum;
  });
}

/** One step by the book: x [I], state [P] and [H]. */
export function referenceStep(weights: ReferenceCell, x: Float64Array, state: ReferenceState): ReferenceStep {
  const { cell, units: H, inputBias, recurrentBias } = weights;
  const squash = GATES[weights.gates];
  const rows = gateCount(cell) * H;
  const Wx = product(weights.input, 0, rows, x).map((value, i) => value + at(inputBias, i));
  const Uh = product(weights.recurrent, 0, rows, state.h).map((value, i) => value + at(recurrentBias, i));
  // The sum for gate g of unit j, and a vector over the units.
  const sum = (g: number, j: number) => at(Wx, g * H + j) + at(Uh, g * H + j);
  const units = (value: (j: number) => number) => Float64Array.from({ length: H }, (_, j) => value(j));
  const none = new Float64Array(0);
  switch (cell) {
    case 'rnn-tanh':
      return { h: units((j) => Math.tanh(sum(0, j))), c: none, gates: [] };
    case 'rnn-relu':
      return { h: units((j) => Math.max(sum(0, j), 0)), c: none, gates: [] };
    case 'lstm': {
      const i = units((j) => squash(sum(0, j)));
      const f = units((j) => squash(sum(1, j)));
      const g = units((j) => Math.tanh(sum(2, j)));
      const o = units((j) => squash(sum(3, j)));
      const c = units((j) => at(f, j) * at(state.c, j) + at(i, j) * at(g, j));
      const raw = units((j) => at(o, j) * Math.tanh(at(c, j)));
      const h = weights.projection === null ? raw : product(weights.projection, 0, weights.state, raw);
      return { h, c, gates: [i, f, g, o] };
    }
    case 'gru':
    case 'gru-reset-before': {
      const r = units((j) => squash(sum(0, j)));
      const z = units((j) => squash(sum(1, j)));
      const before = cell === 'gru-reset-before';
      const reset = before ? state.h.map((value, j) => value * at(r, j)) : state.h;
      const u = product(weights.recurrent, 2 * H, H, reset).map(
        (value, j) => value + at(recurrentBias, 2 * H + j),
      );
      const n = units((j) => Math.tanh(at(Wx, 2 * H + j) + (before ? 1 : at(r, j)) * at(u, j)));
      const h = units((j) => (1 - at(z, j)) * at(n, j) + at(z, j) * at(state.h, j));
      return { h, c: none, gates: [r, z, n, u] };
    }
  }
}

/**
 * A whole layer in one direction.
 * @param x [T, B, I] @param lengths tokens of each of the B sequences @param initial state of each sequence; zeros if left out
 * @returns steps[t][b]; null at padding
 */
export function referenceLayer(
  weights: ReferenceCell,
  x: Float64Array,
  lengths: readonly number[],
  reverse: boolean,
  initial?: readonly ReferenceState[],
): (ReferenceStep | null)[][] {
  const batch = lengths.length;
  const positions = x.length / (batch * weights.inputs);
  const steps: (ReferenceStep | null)[][] = Array.from({ length: positions }, () =>
    new Array<ReferenceStep | null>(batch).fill(null),
  );
  for (const [b, length] of lengths.entries()) {
    let state = initial?.[b] ?? zeroState(weights);
    for (let i = 0; i < length; i++) {
      const t = reverse ? length - 1 - i : i;
      const from = (t * batch + b) * weights.inputs;
      const step = referenceStep(weights, x.subarray(from, from + weights.inputs), state);
      (steps[t] as (ReferenceStep | null)[])[b] = step;
      state = step;
    }
  }
  return steps;
}

export function zeroState({ cell, state, units }: ReferenceCell): ReferenceState {
  return { h: new Float64Array(state), c: new Float64Array(cell === 'lstm' ? units : 0) };
}
