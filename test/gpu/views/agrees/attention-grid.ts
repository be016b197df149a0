import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, table, arrays }) => {
  const { shape } = must(table.arrays.find(({ name }) => name === 'attentions'));
  const [layers = 0, heads = 0, queries = 0, keys = 0] = shape;
  const values = arrays('attentions').map(Number);
  const maps = run.attention.filter(
    (map) =>
      map.layers === layers &&
      map.heads === heads &&
      map.queries.length === queries &&
      map.keys.length === keys,
  );
  const distances = maps.map(async (map) => {
    const row = await map.row(layers - 1, heads - 1, queries - 1);
    const shown = values.slice(-keys);
    return Math.max(...row.map((weight, key) => Math.abs(weight - (shown[key] ?? NaN))));
  });
  expect(Math.min(...(await Promise.all(distances)))).toBeLessThan(1e-6);
};
