import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

/** The mean over heads of every layer's pattern. */
export const agrees: Agrees = async ({ run, table }) => {
  const { shape, values } = must(table.arrays.find(({ name }) => name === 'weights'));
  const [layers = 0, T = 0, S = 0] = shape;
  const map = must(
    run.attention.find((one) => one.layers === layers && one.queries.length === T && one.keys.length === S),
  );
  const pattern = await must(run.activations.get(map.activation(layers - 1))).read();
  for (let i = 0; i < T * S; i++) {
    let mean = 0;
    for (let head = 0; head < map.heads; head++) mean += must(pattern[head * T * S + i]) / map.heads;
    expect(Math.abs(Number(values[(layers - 1) * T * S + i]) - mean)).toBeLessThan(1e-5);
  }
};
