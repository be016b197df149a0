import { expect, test } from 'vitest';
import { drawnTokens } from '../../../src/renderer/analysis/tempered.ts';
import { perplexityOf } from '../../../src/renderer/analysis/token-scores.ts';
import { createSampler } from '../../../src/renderer/models/sample.ts';

const LOGITS = [0.3, 2.1, -1, 1.4, 0.9, -3, 2.0, 0];
const PLAIN = { temperature: 1, topK: null, topP: null };

test('at a temperature of 1 they are the softmax; heat flattens them, and 0 takes the best', () => {
  const sum = LOGITS.reduce((total, value) => total + Math.exp(value), 0);
  const best = drawnTokens(LOGITS, PLAIN, 3);
  expect(best.map(({ id }) => id)).toEqual([1, 6, 3]);
  for (const { logit, probability } of best) expect(probability).toBeCloseTo(Math.exp(logit) / sum, 12);
  const [hot] = drawnTokens(LOGITS, { ...PLAIN, temperature: 3 }, 1);
  expect(hot?.probability).toBeLessThan(best[0]?.probability ?? 0);
  expect(drawnTokens(LOGITS, { ...PLAIN, temperature: 0 }, 2)).toMatchObject([
    { id: 1, probability: 1, isCut: false },
    { id: 6, probability: 0, isCut: true },
  ]);
});

test.each([
  { temperature: 0.7, topK: 3, topP: null },
  { temperature: 1.3, topK: null, topP: 0.8 },
  { temperature: 1, topK: 4, topP: 0.6 },
  { temperature: 1, topK: 50, topP: 1 },
])('%j: as often as the sampler draws them', ({ temperature, topK, topP }) => {
  const sample = createSampler({
    ...{ temperature, seed: 7 },
    ...(topK !== null && { topK }),
    ...(topP !== null && { topP }),
  });
  const drawn = new Map<number, number>();
  const N = 20_000;
  for (let i = 0; i < N; i++) {
    const id = sample(LOGITS);
    drawn.set(id, (drawn.get(id) ?? 0) + 1);
  }
  const shown = drawnTokens(LOGITS, { temperature, topK, topP }, LOGITS.length);
  expect(shown.reduce((total, { probability }) => total + probability, 0)).toBeCloseTo(1, 10);
  for (const { id, probability, isCut } of shown) {
    expect(isCut).toBe(!drawn.has(id));
    expect((drawn.get(id) ?? 0) / N).toBeCloseTo(probability, 1);
  }
});

test('perplexity is over the tokens that were foreseen', () => {
  expect(perplexityOf({ surprisal: Float32Array.of(NaN, Math.log(2), Math.log(8)) })).toEqual({
    perplexity: expect.closeTo(4, 5) as number,
    count: 2,
  });
  expect(perplexityOf({ surprisal: Float32Array.of(NaN) })).toBeNull();
});
