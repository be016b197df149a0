import { describe, expect, test } from 'vitest';
import { singularValues } from '../../../src/renderer/analysis/singular-values.ts';
import { symmetricEigen } from '../../../src/renderer/analysis/symmetric-eigen.ts';

function random(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from(
    { length: count },
    () => ((state = (state * 48271) % 2147483647) / 2147483647) * 2 - 1,
  );
}

describe('singular values', () => {
  test.each([
    [1, 1],
    [3, 5],
    [7, 4],
    [40, 64],
    [64, 40],
  ])('of %i × %i are the roots of the eigenvalues that Jacobi finds', (m, n) => {
    const values = random(m * n, m * 7 + n);
    const side = Math.min(m, n);
    const gram = Float64Array.from({ length: side * side }, (_, at) => {
      const [i, j] = [Math.floor(at / side), at % side];
      let sum = 0;
      for (let k = 0; k < Math.max(m, n); k++) {
        const of = (row: number) => (m <= n ? (values[row * n + k] ?? 0) : (values[k * n + row] ?? 0));
        sum += of(i) * of(j);
      }
      return sum;
    });
    const expected = symmetricEigen(gram, side).values.map((value) => Math.sqrt(Math.max(value, 0)));
    const found = singularValues(values, m, n);
    expect(found).toHaveLength(side);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
  });

  test('of a diagonal, of rank one, and of zeros', () => {
    expect(
      [...singularValues([3, 0, 0, 0, -5, 0], 2, 3)].map((value) => Math.round(value * 1e6) / 1e6),
    ).toEqual([5, 3]);
    const [first = 0, ...rest] = singularValues([1, 2, 2, 4, 3, 6], 3, 2);
    expect(first).toBeCloseTo(Math.sqrt(70), 9);
    expect(Math.max(...rest)).toBeLessThan(1e-6);
    expect([...singularValues(new Float32Array(12), 3, 4)]).toEqual([0, 0, 0]);
  });

  test('of what would block the window are refused', () => {
    expect(() => singularValues([], 300, 400)).toThrow(RangeError);
  });
});
