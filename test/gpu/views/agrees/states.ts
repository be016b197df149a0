import { expect } from 'vitest';
import { activationName } from '../../../../src/renderer/runs/activation-names.ts';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  // Unit 0 of the first layer of the last stack is looked at.
  const { stack, units } = must(run.facet('recurrent')?.at(-1));
  const hidden = await must(
    run.activations.get(activationName({ kind: 'hidden_state', stack, layer: 0, direction: 'forward' })),
  ).read();
  const width = hidden.length / arrays('step').length;
  expect(arrays('unit_0_hidden')).toEqual(arrays('step').map((_, step) => hidden[step * width]));
  expect(units).toBeGreaterThan(0);
};
