import { expect } from 'vitest';
import { recurrentStackName } from '../../../../src/renderer/runs/activation-names.ts';
import { restingIndex } from '../../../../src/renderer/runs/place.ts';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  // Without a selection it is the step of the token that everything shows, in the first layer of the last stack.
  const { stack, units, tokens } = must(run.facet('recurrent')?.at(-1));
  const prefix = recurrentStackName(stack);
  const step = restingIndex(run, tokens === run.sourceTokens ? 'source' : 'target');
  const rowOf = async (suffix: string, width: number) =>
    (await must(run.activations.get(`${prefix}.0.${suffix}`)).read()).subarray(
      step * width,
      (step + 1) * width,
    );
  const hidden = arrays('hidden').map(Number);
  expect(hidden).toEqual([...(await rowOf('hidden', hidden.length))]);
  if (!run.activations.has(`${prefix}.0.cell`)) return;
  const [f, before, i, g, c] = ['forget', 'cell_before', 'input', 'candidate', 'cell'].map((name) =>
    arrays(name).map(Number),
  );
  expect(c).toEqual([...(await rowOf('cell', units))]);
  for (const [unit, value] of must(c).entries()) {
    const [kept = NaN, last = NaN, written = NaN, fresh = NaN] = [f, before, i, g].map((row) => row?.[unit]);
    expect(kept * last + written * fresh).toBeCloseTo(value, 5);
  }
};
