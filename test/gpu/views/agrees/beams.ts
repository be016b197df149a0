import { expect } from 'vitest';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = ({ run, arrays }) => {
  const search = run.facet('search') ?? [];
  expect(arrays('log_probability')).toEqual(search.map(({ logProbability }) => Math.fround(logProbability)));
  expect(arrays('id')).toEqual(search.map(({ token }) => token.id));
};
