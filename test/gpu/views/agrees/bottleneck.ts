import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

/** The decoder starts from the table's states, and the tokens' probabilities are those of the logits. */
export const agrees: Agrees = async ({ run, table }) => {
  const array = (name: string) => [...must(table.arrays.find((one) => one.name === name)).values].map(Number);
  const { decoder } = await must(run.facet('bottleneck')).read();
  expect(array('decoder_initial.0.hidden')).toEqual([...must(decoder[0]).hidden]);
  const probabilities = array('probability');
  for (const [t, token] of run.tokens.entries()) {
    const all = await must(run.facet('readout')).top(t, 128);
    const own = all.find((one) => one.token.id === token.id);
    if (own !== undefined) expect(Math.abs(must(probabilities[t]) - own.probability)).toBeLessThan(1e-5);
  }
};
