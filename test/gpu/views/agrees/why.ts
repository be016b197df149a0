import { expect } from 'vitest';
import { restingIndex, sidesOf } from '../../../../src/renderer/runs/place.ts';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

/** The weights are those of the looked-at head's pattern; the terms of each score add up to it. */
export const agrees: Agrees = async ({ run, table }) => {
  const column = (name: string) => {
    const at = table.columns.indexOf(name);
    return [...table.rows].map((row) => Number(row[at]));
  };
  const weights = column('weight');
  const patterns = await Promise.all(
    run.attention
      .filter(({ keys }) => keys.length === weights.length)
      .map((map) => map.row(0, 0, restingIndex(run, sidesOf(map.kind).queries))),
  );
  const nearest = Math.min(
    ...patterns.map((row) => Math.max(...weights.map((weight, s) => Math.abs(weight - must(row[s]))))),
  );
  expect(nearest).toBeLessThanOrEqual(2e-6);
  const [capped, bias] = [column('capped'), column('bias')];
  for (const [s, score] of column('score').entries())
    if (Number.isFinite(score) && !Number.isNaN(must(capped[s])))
      expect(Math.abs(must(capped[s]) + must(bias[s]) - score)).toBeLessThanOrEqual(1e-4);
};
