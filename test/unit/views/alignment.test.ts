import { shortScore } from '../../../src/renderer/views/alignment/column-marks.ts';
import { expect, test } from 'vitest';
import { withForced, withWeight } from '../../../src/renderer/views/alignment/forced.ts';
import { actualToken, rankOf, rowsInSight } from '../../../src/renderer/views/outputs/rows.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import type { Prediction } from '../../../src/renderer/runs/facets/readout.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { readoutOf } from '../readout.ts';

const token = (id: number): Token => ({ id, text: String(id), span: null, special: false });

test('a weight that is moved takes its share from the others in proportion', () => {
  expect(withWeight([0.5, 0.25, 0.25], 0, 0.8).map((weight) => Number(weight.toFixed(6)))).toEqual([
    0.8, 0.1, 0.1,
  ]);
  expect(withWeight([1, 0, 0], 0, 0)).toEqual([0, 0.5, 0.5]);
  expect(withWeight([1], 0, 0.2)).toEqual([1]);
  expect(withWeight([0.5, 0.5], 1, 7)).toEqual([0, 1]);
});

test('a step is set by hand once', () => {
  const first = withForced({ beams: 2 }, 3, [1, 0]);
  expect(withForced(first, 3, [0, 1])).toEqual({
    beams: 2,
    forcedAttention: [{ step: 3, weights: [0, 1] }],
  });
  expect(withForced(first, 1, [1, 0]).forcedAttention?.map(({ step }) => step)).toEqual([3, 1]);
});

test('the rows in sight, and the token that they are about', () => {
  expect(rowsInSight(0, 10, 1000)).toEqual({ from: 0, to: 14 });
  expect(rowsInSight(100, 10, 105)).toEqual({ from: 96, to: 105 });
  const tokens = [token(1), token(2)];
  expect(actualToken({ tokens, facet: facetsOf({ readout: readoutOf('next') }) }, 0)?.id).toBe(2);
  expect(actualToken({ tokens, facet: facetsOf({ readout: readoutOf('next') }) }, 1)).toBe(null);
  expect(actualToken({ tokens, facet: facetsOf({ readout: readoutOf('own') }) }, 0)?.id).toBe(1);
  const predictions = [token(4), token(2)].map((one): Prediction => ({
    token: one,
    logit: 0,
    probability: 0,
  }));
  expect(rankOf(predictions, token(2))).toBe(2);
  expect(rankOf(predictions, token(9))).toBe(null);
  expect(rankOf(predictions, null)).toBe(null);
});

test.each([
  [-0.04, 100, '−0.040'],
  [-0.04, 20, '0.0'],
  [-0.04, 10, '0'],
  [-0.4, 10, '0'],
  [-2.4, 10, '−2'],
  [1.26, 20, '1.3'],
])('the score %d in a column of %d is %s', (score, width, text) => {
  expect(shortScore(score, width, 10)).toBe(text);
});
