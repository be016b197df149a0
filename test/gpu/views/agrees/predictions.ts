import { expect } from 'vitest';
import type { Agrees } from '../agreement.ts';
import { topOf } from '../../../../src/renderer/runs/facets/readout.ts';

export const agrees: Agrees = async ({ run, arrays, texts }) => {
  const probabilities = arrays('probability');
  const positions = arrays('position');
  const last = positions.at(-1);
  const best = await topOf(run, last as number, 10);
  const at = positions.indexOf(last as number);
  expect(best.map(({ probability }) => probability)).toEqual(probabilities.slice(at));
  expect(texts).toEqual(expect.arrayContaining([String(positions[0])]));
};
