import { describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../../src/renderer/analysis/symmetric-eigen.ts';

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

function check(matrix: readonly number[], n: number): void {
  const { values, vectors } = symmetricEigen(matrix, n);
  const scale = Math.max(1e-300, ...matrix.map(Math.abs));
  values.forEach((value, k) => {
    const vector = vectors[k] ?? [];
    for (let i = 0; i < n; i++) {
      const row = matrix.slice(i * n, (i + 1) * n);
      expect(Math.abs(dot(row, vector) - value * (vector[i] ?? 0))).toBeLessThanOrEqual(1e-13 * scale * n);
    }
    vectors.forEach((other, j) => expect(dot(vector, other)).toBeCloseTo(j === k ? 1 : 0, 12));
    if (k > 0) expect(value).toBeLessThanOrEqual(values[k - 1] ?? 0);
  });
}

describe('symmetric eigenproblem', () => {
  test('a known one', () => {
    const { values, vectors } = symmetricEigen([2, 1, 1, 2], 2);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
    expect(Math.abs(vectors[0]?.[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 14);
  });

  test.each([1, 2, 3, 8, 20])('random, of side %i', (n) => {
    let state = n;
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
    const lower = Array.from({ length: n * n }, random);
    check(
      lower.map((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return lower[Math.max(i, j) * n + Math.min(i, j)] ?? 0;
      }),
      n,
    );
  });

  test('equal eigenvalues, a diagonal, and values of very different size', () => {
    check([5, 0, 0, 0, 5, 0, 0, 0, 5], 3);
    check([1e12, 1, 0, 1, 1, 1e-3, 0, 1e-3, 1e-9], 3);
    expect(symmetricEigen([1, 0, 0, 9], 2).values).toEqual([9, 1]);
  });

  test('numbers that are not finite give zeros', () => {
    expect(symmetricEigen([1, Number.NaN, 2, 3], 2).values).toEqual([0, 0]);
  });
});
