import { expect, test } from 'vitest';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';
import { startOf } from '../../../src/renderer/state/session/continuation.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { readoutOf } from '../readout.ts';

const token = (id: number): Token => ({ id, text: `#${id}`, span: null, special: false });
const run = (tokens: number[], source: number[] | null, predicts: 'next' | 'own') =>
  ({
    tokens: tokens.map(token),
    sourceTokens: source?.map(token) ?? null,
    facet: facetsOf({ readout: readoutOf(predicts) }),
  }) as unknown as Run;

test('a language model reads what is kept, and the token behind it', () => {
  const { tokens, decode } = startOf(
    run([1, 2, 3], null, 'next'),
    { writes: 'continuation' },
    { count: 2, force: [token(9)] },
    { maxTokens: 4 },
  );
  expect(tokens.map(({ id }) => id)).toEqual([1, 2, 9]);
  expect(decode).toEqual({ maxTokens: 4 });
});

test('an encoder-decoder reads its source and is made to begin with what is kept', () => {
  const { tokens, decode } = startOf(
    run([5, 6, 7], [1, 2], 'own'),
    { writes: 'output' },
    { count: 2, force: [token(9)] },
    { maxTokens: 1 },
  );
  expect(tokens.map(({ id }) => id)).toEqual([1, 2]);
  expect(decode).toEqual({ prefix: [5, 6, 9], maxTokens: 4 });
});

test('a start token that the decoder reads is not written', () => {
  const { decode } = startOf(
    run([0, 5, 6], [1, 2], 'next'),
    { writes: 'output' },
    { count: 3, force: [] },
    {},
  );
  expect(decode).toEqual({ prefix: [5, 6] });
});
