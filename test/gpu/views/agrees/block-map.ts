import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import { parametersOf } from '../../../../src/renderer/runs/facets/structure.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, table, arrays, texts }) => {
  const structure = must(run.facet('structure'));
  const sum = [...table.rows].reduce((total, row) => total + Number(row[4]), 0);
  expect(sum).toBe(parametersOf(structure));
  expect(texts.some((text) => text.includes('parameters'))).toBe(true);
  for (const { stack, layers, side } of run.facet('blocks') ?? []) {
    const prefix = stack === null ? '' : `${stack}_`;
    const states = await must(run.activations.get(`${prefix}hidden_states.${layers - 1}`)).read();
    const T = side === 'source' ? must(run.sourceTokens).length : run.tokens.length;
    const last = states.slice((T - 1) * (states.length / T));
    // The state that the last block reads, at the last token.
    expect(Number(arrays(`${prefix}added.stream`).at(-1))).toBeCloseTo(Math.hypot(...last), 3);
    expect(arrays(`${prefix}added.attention`)).toHaveLength(layers * T);
  }
};
