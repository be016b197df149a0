import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  const values = arrays('value').map(Number);
  const trace = must(run.facet('recurrent')?.at(-1));
  const { frobenius } = await trace.gradient(0, false);
  // One of the curves is this one.
  const starts = values.map((_, at) => at).filter((at) => arrays('step')[at] === 0);
  const distance = (at: number) =>
    Math.max(...frobenius.map((norm, step) => Math.abs(norm - (values[at + step] ?? NaN))));
  expect(Math.min(...starts.map(distance).filter((gap) => !Number.isNaN(gap)))).toBeLessThan(1e-5);
};
