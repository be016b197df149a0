import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, arrays, texts }) => {
  const values = arrays('attention');
  const [, layer, head] = must(/\bL(\d+) H(\d+)\b/.exec(texts.join('\n')));
  // The view shows some kind of attention first: the one with a row that is this row.
  const last = arrays('query').length - 1;
  const width = arrays('key').length;
  const shown = values.slice(last * width, (last + 1) * width);
  const rows = await Promise.all(
    run.attention
      .filter(({ queries, keys }) => queries.length === last + 1 && keys.length === width)
      .map(async (map) => [...(await map.row(Number(layer), Number(head), last))]),
  );
  const distance = (row: readonly number[]) =>
    Math.max(...row.map((weight, key) => Math.abs(weight - Number(shown[key]))));
  expect(Math.min(...rows.map(distance))).toBeLessThan(1e-6);
  expect(must(rows[0]).length).toBe(width);
};
