import { expect } from 'vitest';
import { softmaxOf } from '../../../../src/renderer/analysis/labels.ts';
import { predictsOf, topOf } from '../../../../src/renderer/runs/facets/readout.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, table, arrays, texts }) => {
  const probabilities = arrays('probability');
  const positions = arrays('position') as number[];
  const last = positions.at(-1) ?? 0;
  const best = await topOf(run, last, 10);
  const at = positions.indexOf(last);
  expect(best.map(({ probability }) => Math.fround(probability))).toEqual(probabilities.slice(at));
  // Labels of the whole text stand at no position.
  const isOfText = run.activations.get('logits')?.axes[0] === 'vocabulary';
  if (!isOfText) expect(texts).toEqual(expect.arrayContaining([String(positions[0])]));

  // Of each token of the text: −ln p, and its rank, from the logits before it (or at it).
  if (!table.columns.includes('token_surprisal')) return;
  const logits = (await run.activations.get('logits')?.read()) ?? new Float32Array();
  const V = logits.length / run.tokens.length;
  const ahead = predictsOf(run) === 'own' ? 0 : 1;
  const [surprisals, ranks] = [arrays('token_surprisal'), arrays('token_rank')];
  for (const [position, { id, mask }] of run.tokens.entries()) {
    const place = positions.indexOf(position);
    if (position < ahead || mask === true) {
      expect(surprisals[place]).toBeNaN();
      continue;
    }
    const row = logits.subarray((position - ahead) * V, (position - ahead + 1) * V);
    expect(surprisals[place]).toBeCloseTo(-Math.log(softmaxOf(row)[id] ?? 0), 3);
    expect(ranks[place]).toBe(1 + row.filter((value) => value > (row[id] ?? 0)).length);
  }
};
