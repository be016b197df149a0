import { expect, test } from 'vitest';
import { rangeBasis } from '../../../src/renderer/kernels/recurrent/range-basis.ts';
import { signs } from '../../../src/renderer/kernels/recurrent/derived-states.ts';

const ROWS = 60;

/** Products of D·G with random signs, where column k of G is random and D scales it: [count, ROWS]. */
function sketch(scales: readonly number[], count: number): Float32Array {
  const columns = scales.map((scale, k) => signs(ROWS, k + 1).map((value) => value * scale));
  const random = signs(count * scales.length, 1000);
  return Float32Array.from({ length: count * ROWS }, (_, at) => {
    const [i, row] = [Math.floor(at / ROWS), at % ROWS];
    return columns.reduce(
      (sum, column, k) => sum + (column[row] ?? 0) * (random[i * scales.length + k] ?? 0),
      0,
    );
  });
}

test.each([
  ['as many as span everything', [1, 1, 1, 1, 1, 1], 1e-8, 6],
  ['a single one', [1], 1e-8, 1],
  ['those that are large enough', [1, 1, 1, 1, 1, 1, 1, 1, 1e-3, 1e-3, 1e-3], 1e-4, 8],
] as const)('%s', (_name, scales, tolerance, size) => {
  const basis = rangeBasis(sketch(scales, 30), ROWS, tolerance) ?? [];
  const own = basis.filter((vector) => vector.some((value) => value !== 0));
  expect([own.length, basis.length % 4]).toEqual([size, 0]);
  for (const [i, a] of own.entries())
    for (const [j, b] of own.entries()) {
      const product = a.reduce((sum, value, r) => sum + value * (b[r] ?? 0), 0);
      expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-6);
    }
});

test('too few random vectors find no basis', () => {
  const scales = Array.from({ length: 40 }, () => 1);
  expect(rangeBasis(sketch(scales, 30), ROWS, 1e-8)).toBeNull();
});
