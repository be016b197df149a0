import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

/** The words of the table are the run's, and each was there when its last token was known. */
export const agrees: Agrees = ({ run, table }) => {
  const column = (name: string) => {
    const at = table.columns.indexOf(name);
    return [...table.rows].map((row) => row[at]);
  };
  const { times } = must(run.facet('pace'));
  const text = run.tokens
    .filter(({ special }, i) => !special && must(times[i]) > 0)
    .map((token) => token.text)
    .join('');
  expect(column('word').join('')).toBe(text.replaceAll(/\s/g, ''));
  for (const at of column('milliseconds'))
    expect(times.some((time) => Math.abs(time - Number(at)) < 1e-2)).toBe(true);
  const array = must(table.arrays.find(({ name }) => name === 'times.A'));
  expect(array.shape).toEqual([times.filter((time) => time > 0).length]);
  return Promise.resolve();
};
