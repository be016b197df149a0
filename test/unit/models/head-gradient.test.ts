import { expect, test } from 'vitest';
import {
  gradientOfHead,
  type HeadOnCpu,
  type LinearOnCpu,
} from '../../../src/renderer/models/recurrent/head-gradient.ts';

let seed = 7;
/** Numbers in (−1, 1), the same every time. */
const random = (length: number) =>
  Float32Array.from({ length }, () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return (seed / 1073741824 - 1) * 0.9;
  });
const linear = (rows: number, columns: number, activation: 'none' | 'relu' | 'tanh' | 'sigmoid') => ({
  weight: random(rows * columns),
  bias: random(rows),
  activation,
});
const T = 5;
const [W, H] = [5, 4];
const parts = [
  { values: random(T * 3), width: 3 },
  { values: random(T * 2), width: 2 },
];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const ACTIVATE = { none: (x: number) => x, relu: (x: number) => Math.max(x, 0), tanh: Math.tanh, sigmoid };
const apply = ({ weight, bias, activation }: LinearOnCpu, x: readonly number[]) =>
  Array.from(bias, (shift, row) =>
    ACTIVATE[activation](x.reduce((sum, value, i) => sum + value * (weight[row * x.length + i] ?? 0), shift)),
  );

/** The output by the book. */
function output(
  head: HeadOnCpu,
  pooling: string | null,
  position: number,
  values: readonly Float32Array[],
): number {
  const row = (t: number) =>
    parts.flatMap(({ width }, d) => [...(values[d] ?? []).slice(t * width, (t + 1) * width)]);
  const rows = Array.from({ length: T }, (_, t) => row(t));
  const { attention } = head;
  let x = row(position);
  if (pooling === 'last') x = [...row(T - 1).slice(0, 3), ...row(0).slice(3)];
  if (pooling === 'last-step') x = row(T - 1);
  if (pooling === 'mean') x = x.map((_, i) => rows.reduce((sum, one) => sum + (one[i] ?? 0), 0) / T);
  if (pooling === 'sum') x = x.map((_, i) => rows.reduce((sum, one) => sum + (one[i] ?? 0), 0));
  if (pooling === 'max') x = x.map((_, i) => Math.max(...rows.map((one) => one[i] ?? 0)));
  if (pooling === 'attention' && attention !== null) {
    const scores = rows.map((one) => {
      const bare = attention.activation === 'tanh' ? one.map(Math.tanh) : one;
      return Math.exp(
        apply(attention.score, attention.key === null ? bare : apply(attention.key, one))[0] ?? 0,
      );
    });
    const total = scores.reduce((sum, score) => sum + score, 0);
    x = x.map((_, i) => rows.reduce((sum, one, t) => sum + ((scores[t] ?? 0) / total) * (one[i] ?? 0), 0));
  }
  const { norm } = head;
  if (norm !== null) {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    x = x.map(
      (value, i) =>
        ((value - mean) / Math.sqrt(variance + norm.epsilon)) * (norm.weight[i] ?? 0) + (norm.bias[i] ?? 0),
    );
  }
  for (const layer of head.hidden) x = apply(layer, x);
  return x.reduce((sum, value, i) => sum + value * (head.row[i] ?? 0), 0);
}

const hidden = [linear(H, W, 'tanh'), linear(H, H, 'sigmoid'), linear(H, H, 'relu')];
const plain: HeadOnCpu = { attention: null, norm: null, hidden: [], row: random(W) };
const deep: HeadOnCpu = { attention: null, norm: null, hidden, row: random(H) };
const norm = { weight: random(W), bias: random(W), epsilon: 0.01 };
const attending = (key: ReturnType<typeof linear> | null, activation: 'tanh' | 'none'): HeadOnCpu => ({
  attention: { key, score: linear(1, key === null ? W : 6, 'none'), activation },
  norm: null,
  hidden,
  row: random(H),
});

test.each([
  ['a position', plain, null],
  ['a position through layers', deep, null],
  ['a position through a norm', { ...plain, norm }, null],
  ['mean through a norm and layers', { ...deep, norm }, 'mean'],
  ['last', deep, 'last'],
  ['last-step', deep, 'last-step'],
  ['mean', deep, 'mean'],
  ['sum', deep, 'sum'],
  ['max', deep, 'max'],
  ['attention, additive', attending(linear(6, W, 'tanh'), 'tanh'), 'attention'],
  ['attention, tanh of the states', attending(null, 'tanh'), 'attention'],
  ['attention, the states', attending(null, 'none'), 'attention'],
] as const)('%s: derivatives are those of finite differences', (_name, head, pooling) => {
  const found = gradientOfHead(head, { parts, position: 2, pooling });
  const step = 1e-3;
  for (const [d, { values }] of parts.entries())
    for (let i = 0; i < values.length; i++) {
      const moved = (by: number) =>
        output(
          head,
          pooling,
          2,
          parts.map((part, k) =>
            k === d ? part.values.map((value, j) => (j === i ? value + by : value)) : part.values,
          ),
        );
      expect(found[d]?.[i], `${d} ${i}`).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 3);
    }
});
