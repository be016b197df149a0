import { expect } from 'vitest';
import { restingIndex } from '../../../../src/renderer/runs/place.ts';
import { topOf } from '../../../../src/renderer/runs/facets/readout.ts';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  const values = arrays('value').map(Number);
  const expected = await expectedCurve(run);
  // One of the curves is this one.
  const starts = values.map((_, at) => at).filter((at) => arrays('step')[at] === 0);
  const distance = (at: number) =>
    Math.max(...expected.map((norm, step) => Math.abs(norm - (values[at + step] ?? NaN))));
  expect(Math.min(...starts.map(distance).filter((gap) => !Number.isNaN(gap)))).toBeLessThan(1e-5);
};

/** ‖∂h_T/∂h_t‖ of the first layer; without recurrent layers ‖∂logit/∂x_t‖ of the best answer at the mask, or at the last position. */
async function expectedCurve(run: Parameters<Agrees>[0]['run']): Promise<Float32Array> {
  const trace = run.facet('recurrent')?.at(-1);
  if (trace !== undefined) return (await trace.gradient(0, false)).frobenius;
  const position = restingIndex(run, 'target');
  const [best] = await topOf(run, position, 1);
  const found = await must(run.facet('inputGradient')).of({ output: must(best).token.id, position });
  return must(found.at(-1)).norms;
}
