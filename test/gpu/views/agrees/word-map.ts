import { expect } from 'vitest';
import type { Agrees } from '../agreement.ts';
import { topOf } from '../../../../src/renderer/runs/facets/readout.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  const at = arrays('kind').findIndex((kind) => kind === 'near');
  expect(at).toBeGreaterThanOrEqual(0);
  const nearest = await topOf(run, Number(arrays('near_to')[at]), 50);
  const found = nearest.find(({ token }) => token.id === arrays('id')[at]);
  expect(Math.fround(found?.logit ?? NaN)).toBeCloseTo(Number(arrays('cosine')[at]), 5);
};
