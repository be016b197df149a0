import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, table }) => {
  const lanes = table.arrays.filter(({ name }) => run.activations.has(name));
  expect(lanes.length).toBeGreaterThan(1);
  for (const { name, values, shape } of lanes) {
    const activation = must(run.activations.get(name));
    expect([name, ...shape]).toEqual([name, ...activation.shape.slice(-2)]);
    expect([...values]).toEqual([...(await activation.read())]);
  }
};
