import type { RecurrentConfig } from '../../../common/configs/recurrent.ts';
import type { HeadActivation } from '../../../common/configs/recurrent-head.ts';

export interface LinearOnCpu {
  /** [rows, columns] */
  readonly weight: Float32Array;
  /** [rows] */
  readonly bias: Float32Array;
  readonly activation: HeadActivation;
}

export interface HeadOnCpu {
  readonly attention: {
    readonly key: LinearOnCpu | null;
    readonly score: LinearOnCpu;
    /** Without a key: what the states go through. */
    readonly activation: 'tanh' | 'none';
  } | null;
  /** Of what the layers read; null: none. */
  readonly norm: {
    readonly weight: Float32Array;
    readonly bias: Float32Array;
    readonly epsilon: number;
  } | null;
  /** The layers before the last. */
  readonly hidden: readonly LinearOnCpu[];
  /** The last layer's row of the output that is derived. */
  readonly row: Float32Array;
}

export interface HeadStates {
  /** States [T, P] by direction. */
  readonly parts: readonly { readonly values: Float32Array; readonly width: number }[];
  readonly position: number;
  /** Null: the output is of the position. */
  readonly pooling: RecurrentConfig['pooling'] | null;
}

/** ∂(output)/∂(states) by direction, [T, P] each; in float64 until the end. */
export function gradientOfHead(
  head: HeadOnCpu,
  { parts, position, pooling }: HeadStates,
): Float32Array<ArrayBuffer>[] {
  const [first] = parts;
  const T = first === undefined ? 0 : first.values.length / first.width;
  const results = parts.map(({ values }) => new Float32Array(values.length));
  const stepOf = (direction: number) =>
    pooling === null ? position : pooling === 'last' && direction === 1 ? 0 : T - 1;
  const weights = pooling === 'attention' ? attend(head, parts, T) : null;
  /** The vector that the head's layers read, and the place of each of its units. */
  const pooled = parts.flatMap(({ values, width }, direction) =>
    Array.from({ length: width }, (_, p) => {
      const column = (t: number) => values[t * width + p] ?? 0;
      if (weights !== null) return sum(T, (t) => (weights[t] ?? 0) * column(t));
      if (pooling === 'mean') return sum(T, column) / T;
      if (pooling === 'sum') return sum(T, column);
      if (pooling === 'max') return column(largest(T, column));
      return column(stepOf(direction));
    }),
  );
  const wanted = throughLayers(head, pooled);
  let offset = 0;
  for (const [direction, { values, width }] of parts.entries()) {
    const result = results[direction] ?? new Float32Array(0);
    for (let p = 0; p < width; p++) {
      const value = wanted[offset + p] ?? 0;
      if (pooling === 'mean' || pooling === 'sum')
        for (let t = 0; t < T; t++) result[t * width + p] = pooling === 'mean' ? value / T : value;
      else if (pooling === 'max')
        // The largest value of each unit lets the derivative through.
        result[largest(T, (t) => values[t * width + p] ?? 0) * width + p] = value;
      else if (weights === null) result[stepOf(direction) * width + p] = value;
    }
    offset += width;
  }
  if (weights !== null) throughAttention(head, parts, weights, wanted, results);
  return results;
}

/** The derivative by what the layers read. */
function throughLayers({ norm, hidden, row }: HeadOnCpu, pooled: readonly number[]): number[] {
  const outputs: number[][] = [];
  const normed = norm === null ? null : normOf(pooled, norm.epsilon);
  const input =
    norm === null || normed === null
      ? pooled
      : normed.values.map((value, i) => value * (norm.weight[i] ?? 0) + (norm.bias[i] ?? 0));
  for (const layer of hidden) outputs.push(forward(layer, outputs.at(-1) ?? input));
  let wanted = [...row];
  for (const [k, layer] of [...hidden.entries()].reverse())
    wanted = backward(layer, outputs[k] ?? [], wanted);
  return norm === null || normed === null ? wanted : throughNorm(normed, norm.weight, wanted);
}

/** (x − mean) / √(variance + epsilon), and that root. */
function normOf(x: readonly number[], epsilon: number): { readonly values: number[]; readonly root: number } {
  const mean = sum(x.length, (i) => x[i] ?? 0) / x.length;
  const variance = sum(x.length, (i) => ((x[i] ?? 0) - mean) ** 2) / x.length;
  const root = Math.sqrt(variance + epsilon);
  return { values: x.map((value) => (value - mean) / root), root };
}

/** ∂/∂x = (g − mean(g) − n · mean(g ⊙ n)) / root, of g = weight ⊙ wanted and the normed values n. */
function throughNorm(
  { values, root }: ReturnType<typeof normOf>,
  weight: Float32Array,
  wanted: readonly number[],
): number[] {
  const g = wanted.map((value, i) => value * (weight[i] ?? 0));
  const mean = sum(g.length, (i) => g[i] ?? 0) / g.length;
  const along = sum(g.length, (i) => (g[i] ?? 0) * (values[i] ?? 0)) / g.length;
  return g.map((value, i) => (value - mean - (values[i] ?? 0) * along) / root);
}

/** softmax of the steps' scores */
function attend(head: HeadOnCpu, parts: HeadStates['parts'], T: number): number[] {
  const scores = Array.from({ length: T }, (_, t) => scoreOf(head, stateAt(parts, t)).score);
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
}

function scoreOf({ attention }: HeadOnCpu, state: readonly number[]) {
  if (attention === null) throw new Error('Only pooling by attention has scores.');
  const bare = () => (attention.activation === 'tanh' ? state.map(Math.tanh) : state);
  const keys = attention.key === null ? bare() : forward(attention.key, state);
  return { keys, score: forward(attention.score, keys)[0] ?? 0 };
}

/** d/dh_t of g · Σ a_s h_s = a_t g + a_t (g·h_t − Σ a_s g·h_s) ∂score_t/∂h_t */
function throughAttention(
  head: HeadOnCpu,
  parts: HeadStates['parts'],
  weights: readonly number[],
  wanted: readonly number[],
  results: readonly Float32Array[],
): void {
  const { attention } = head;
  if (attention === null) return;
  const states = weights.map((_, t) => stateAt(parts, t));
  const gains = states.map((state) => sum(state.length, (i) => (wanted[i] ?? 0) * (state[i] ?? 0)));
  const mean = sum(weights.length, (t) => (weights[t] ?? 0) * (gains[t] ?? 0));
  for (const [t, state] of states.entries()) {
    const weight = weights[t] ?? 0;
    const { keys } = scoreOf(head, state);
    const byKeys = [...attention.score.weight];
    const through = (value: number, i: number) =>
      attention.activation === 'tanh' ? value * (1 - (keys[i] ?? 0) ** 2) : value;
    const byState = attention.key === null ? byKeys.map(through) : backward(attention.key, keys, byKeys);
    let offset = 0;
    for (const [direction, { width }] of parts.entries()) {
      const result = results[direction] ?? new Float32Array(0);
      for (let p = 0; p < width; p++)
        result[t * width + p] =
          weight * ((wanted[offset + p] ?? 0) + ((gains[t] ?? 0) - mean) * (byState[offset + p] ?? 0));
      offset += width;
    }
  }
}

/** [W] of one step, directions side by side. */
function stateAt(parts: HeadStates['parts'], t: number): number[] {
  return parts.flatMap(({ values, width }) => [...values.subarray(t * width, (t + 1) * width)]);
}

function forward({ weight, bias, activation }: LinearOnCpu, x: readonly number[]): number[] {
  return Array.from(bias, (shift, row) => {
    const z = shift + sum(x.length, (i) => (weight[row * x.length + i] ?? 0) * (x[i] ?? 0));
    switch (activation) {
      case 'none':
        return z;
      case 'relu':
        return Math.max(z, 0);
      case 'tanh':
        return Math.tanh(z);
      case 'sigmoid':
        return 1 / (1 + Math.exp(-z));
    }
  });
}

/** @param y the layer's outputs; @param wanted the derivative by them */
function backward(
  { weight, activation }: LinearOnCpu,
  y: readonly number[],
  wanted: readonly number[],
): number[] {
  const inner = wanted.map((value, row) => {
    const output = y[row] ?? 0;
    switch (activation) {
      case 'none':
        return value;
      case 'relu':
        return output > 0 ? value : 0;
      case 'tanh':
        return value * (1 - output * output);
      case 'sigmoid':
        return value * output * (1 - output);
    }
  });
  const columns = weight.length / Math.max(inner.length, 1);
  return Array.from({ length: columns }, (_, i) =>
    sum(inner.length, (row) => (inner[row] ?? 0) * (weight[row * columns + i] ?? 0)),
  );
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

/** Index of the first largest value. */
function largest(count: number, value: (index: number) => number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (value(i) > value(best)) best = i;
  return best;
}
