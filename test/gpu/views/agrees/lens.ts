import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, table, arrays, texts }) => {
  const lens = must(run.facet('lens'));
  const { shape } = must(table.arrays.find(({ name }) => name === 'lens.ids'));
  const [depth = 0, T = 0, k = 0] = shape;
  expect([depth, T]).toEqual([lens.depth, run.tokens.length]);
  const ids = arrays('lens.ids').map(Number);
  const logits = arrays('lens.logits').map(Number);
  // A layer in between, at the last position; and the last layer, which is the model's own answer.
  for (const layer of [depth - 2, depth - 1]) {
    const target = run.gpu.tensor([1, lens.vocabulary], 'lens', 'scratch');
    await run.gpu.submit('lens', (recorder) => lens.record(recorder, layer, [T - 1, T], target));
    const own = await run.gpu.read(target);
    run.gpu.release(target);
    const best = own.indexOf(Math.max(...own));
    const first = (layer * T + T - 1) * k;
    expect(ids[first]).toBe(best);
    expect(logits[first]).toBeCloseTo(own[best] ?? NaN, 5);
    if (layer === depth - 1) expect(arrays('followed.ids')[T - 1]).toBe(best);
  }
  expect(arrays('followed.ranks').slice(-T)).toEqual(Array.from({ length: T }, () => 1));
  expect(texts).toEqual(expect.arrayContaining(['embeddings', `after L${depth - 2}`]));
};
