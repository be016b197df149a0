import { expect } from 'vitest';
import type { Agrees } from '../agreement.ts';
import { topOf } from '../../../../src/renderer/runs/facets/readout.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  const [position, cosines] = [Number(arrays('position')[0]), arrays('cosine')];
  const rows = arrays('position').filter((at) => at === position).length;
  const nearest = await topOf(run, position, rows);
  expect(nearest.map(({ logit }) => logit)).toEqual(cosines.slice(0, rows));
  expect(nearest.map(({ token }) => token.id)).toEqual(arrays('id').slice(0, rows));
};
