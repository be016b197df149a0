import { expect, test } from 'vitest';
import { scoreRepeated, type ReadingModel } from '../../../src/renderer/models/repeated-random.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';

/** A model with one head that reads at most so many tokens of a vocabulary whose first is special; `read`: what it was given. */
function modelOf(maxTokens: number | null, size: number) {
  const read: number[][] = [];
  const token = (id: number): Token => ({
    id,
    text: `t${id}`,
    span: id === 0 ? null : [0, 1],
    special: id === 0,
  });
  const map = { kind: 'self', layers: 1, heads: 1 };
  const metrics = () => Promise.resolve([{ induction: 0.5, duplicate: 0.25, previous: 0 }]);
  const run = ({ tokens }: { readonly tokens: readonly Token[] }) => {
    read.push(tokens.map(({ id }) => id));
    return Promise.resolve({ attention: [{ ...map, metrics }], dispose: () => undefined });
  };
  const tokenizer = { size, token, encode: () => Promise.resolve([token(0), token(1)]) };
  return { read, model: { loaded: { maxTokens, run }, tokenizer } as unknown as ReadingModel };
}

test.each([
  ['a long context and a large vocabulary', null, 1000, 50],
  ['a context of 20 tokens, one of them special', 20, 1000, 9],
  ['a vocabulary of 13 tokens, one of them special', null, 13, 12],
])('by itself as many random tokens come twice as fit: %s', async (_what, maxTokens, size, N) => {
  const { read, model } = modelOf(maxTokens, size);
  const work = { signal: new AbortController().signal };
  const { tokens, samples, heads } = await scoreRepeated(model, { tokens: null, seed: 1 }, work);
  expect(tokens).toBe(N);
  expect(read).toHaveLength(samples);
  for (const ids of read) {
    expect(ids).toHaveLength(1 + 2 * N);
    expect(ids.slice(1, 1 + N)).toEqual(ids.slice(1 + N));
    expect(new Set(ids).size).toBe(1 + N);
  }
  expect(heads.get('self')).toEqual([{ induction: 0.5, duplicate: 0.25, previous: 0 }]);
});

test.each([
  [20, 1000, /Ask for 9 random tokens at most/],
  [null, 13, /fewer random tokens/],
])('a number of them that does not fit is refused', async (maxTokens, size, hint) => {
  const { model } = modelOf(maxTokens, size);
  const work = { signal: new AbortController().signal };
  await expect(scoreRepeated(model, { tokens: 40, seed: 0 }, work)).rejects.toMatchObject({
    hint: expect.stringMatching(hint) as unknown,
  });
});
