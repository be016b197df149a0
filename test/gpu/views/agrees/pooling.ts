import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

/** The weights are the run's, and sum to 1. */
export const agrees: Agrees = async ({ run, arrays }) => {
  const weights = await must(run.activations.get('attention.weights')).read();
  expect(arrays('weight')).toEqual([...weights]);
  expect([...weights].reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
};
