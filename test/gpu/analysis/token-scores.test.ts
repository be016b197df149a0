import { expect, test } from 'vitest';
import { softmaxOf } from '../../../src/renderer/analysis/labels.ts';
import { extendTokenScores, readTokenScores } from '../../../src/renderer/analysis/token-scores.ts';
import { gpt2 } from '../../../src/renderer/families/gpt2.ts';
import { inputOf } from '../../helpers/fixture-model.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { tinyGpt2 } from '../../helpers/tiny-gpt2.ts';

const gpu = await testGpu();
const CONFIG = { n_embd: 48, n_head: 4, n_layer: 2, vocab_size: 101, n_positions: 40 };
const IDS = Array.from({ length: 24 }, (_, i) => (i * 37) % 101);
const never = new AbortController().signal;

test('surprisal and rank of a text, also where it goes on from one that is known', async () => {
  const model = await gpt2.load(gpu, await tinyGpt2(CONFIG), () => undefined, never);
  const long = await model.run(inputOf(IDS), never);
  const short = await model.run(inputOf(IDS.slice(0, 9)), never);
  const logitsOf = (run: typeof long) => must(must(run.facet('readout')).logits);
  const all = await readTokenScores(gpu, logitsOf(long), { tokens: long.tokens, ahead: 1 });
  const values = await must(long.activations.get('logits')).read();
  expect([all.surprisal[0], all.rank[0]]).toEqual([NaN, NaN]);
  for (const [t, id] of IDS.entries()) {
    if (t === 0) continue;
    const row = values.subarray((t - 1) * 101, t * 101);
    expect(all.surprisal[t]).toBeCloseTo(-Math.log(must(softmaxOf(row)[id])), 4);
    expect(all.rank[t]).toBe(1 + row.filter((value) => value > must(row[id])).length);
  }

  const known = await readTokenScores(gpu, logitsOf(short), { tokens: short.tokens, ahead: 1 });
  const wish = { tokens: long.tokens, ahead: 1 } as const;
  const extended = await extendTokenScores(gpu, logitsOf(long), wish, known);
  for (const [t, value] of all.surprisal.entries())
    if (t > 0) expect(extended.surprisal[t]).toBeCloseTo(value, 4);
  expect([...extended.rank]).toEqual([...all.rank]);
  // Where the longer text scores otherwise, nothing is kept.
  const wrong = { ...known, surprisal: known.surprisal.map((value) => value + 1) };
  const again = await extendTokenScores(gpu, logitsOf(long), wish, wrong);
  expect([...again.surprisal]).toEqual([...all.surprisal]);
  for (const run of [long, short]) run.dispose();
  model.dispose();
});
