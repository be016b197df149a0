import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, table }) => {
  const column = (name: string) => {
    const at = table.columns.indexOf(name);
    return [...table.rows].map((row) => row[at]);
  };
  const read = async (name: string) => [...(await must(run.activations.get(name)).read())];
  expect(column('weight')).toEqual(await read('attention.weights'));
  expect(column('score')).toEqual(await read('attention.scores'));
  const steps = new Set(column('step'));
  expect(steps.size).toBe(run.tokens.length);
};
