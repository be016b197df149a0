/** Correlations and patterns of units, against plain loops. */
import { expect, test } from 'vitest';
import { isOn, onSets, onThroughout, stretchesOfAll } from '../../../src/renderer/analysis/bit-sets.ts';
import { correlations } from '../../../src/renderer/analysis/correlation.ts';

/** Numbers that are the same in every run, −1 … 1. */
function noise(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

test('correlations are Pearson’s, and 0 for what stands still', async () => {
  const [T, H] = [3000, 5];
  const x = noise(T * H, 7);
  const feature = noise(T, 11);
  for (let t = 0; t < T; t++) {
    x[t * H + 1] = 1e4 - 3 * (feature[t] ?? 0);
    x[t * H + 2] = 4;
  }
  const still = new Float32Array(T).fill(9);
  const actual = await correlations(x, H, [feature, still]);
  const column = (unit: number) => Array.from({ length: T }, (_, t) => x[t * H + unit] ?? NaN);
  const expected = [0, 1, 2, 3, 4].map((unit) => (unit === 2 ? 0 : pearson(column(unit), [...feature])));
  for (const [unit, value] of expected.entries()) expect(actual[unit]).toBeCloseTo(value, 5);
  expect(actual[1]).toBeCloseTo(-1, 5);
  expect([...actual.subarray(H)]).toEqual([0, 0, 0, 0, 0]);
});

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? NaN) - my), 0);
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
}

test.each([0.3, -0.3])(
  'units and stretches that are on beyond %s are those of plain loops',
  async (threshold) => {
    const [T, H] = [201, 9];
    const x = noise(T * H, 3);
    // Units 2 and 5 are on together from 40 to 120, over whole words, and at the end.
    for (let t = 0; t < T; t++)
      for (const unit of [2, 5]) x[t * H + unit] = (t >= 40 && t < 120) || t >= 199 ? 2 * threshold : 0;
    const sets = await onSets(x, H, threshold);
    const on = (unit: number, t: number) =>
      threshold < 0 ? (x[t * H + unit] ?? NaN) <= threshold : (x[t * H + unit] ?? NaN) >= threshold;
    for (let t = 0; t < T; t++)
      for (let unit = 0; unit < H; unit++) expect(isOn(sets, unit, t)).toBe(on(unit, t));
    expect(onThroughout(sets, { from: 50, to: 100 }, false)).toEqual([2, 5]);
    expect(onThroughout(sets, { from: 50, to: 100 }, true)).toEqual([]);
    expect(onThroughout(sets, { from: 40, to: 120 }, true)).toEqual([2, 5]);
    expect(stretchesOfAll(sets, [2, 5])).toEqual([
      { from: 40, to: 120 },
      { from: 199, to: 201 },
    ]);
    const all = stretchesOfAll(sets, [0, 1]);
    for (let t = 0; t < T; t++)
      expect(all.some(({ from, to }) => t >= from && t < to)).toBe(on(0, t) && on(1, t));
    expect(stretchesOfAll(sets, [])).toEqual([]);
  },
);
