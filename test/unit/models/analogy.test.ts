import { expect, test } from 'vitest';
import { VocabularyTokenizer } from '../../../src/common/text/vocabulary.ts';
import { parseTerms, signedSum } from '../../../src/renderer/models/word-vectors/analogy.ts';

const tokenizer = new VocabularyTokenizer(
  { kind: 'words', vocab: 'vocab.txt', lowercase: true, unknown: null, start: null, end: null },
  ['king', 'man', 'woman', 'well-known'],
);

test('words have the sign in front of them, and know their characters', async () => {
  const { terms, isSum } = await parseTerms('King - man + woman', tokenizer);
  expect(isSum).toBe(true);
  expect(terms.map(({ token, sign }) => [token.id, sign, token.span])).toEqual([
    [0, 1, [0, 4]],
    [1, -1, [7, 10]],
    [2, 1, [13, 18]],
  ]);
});

test('a hyphen within a word is no minus, and a list of words is no sum', async () => {
  const { terms, isSum } = await parseTerms('well-known king', tokenizer);
  expect(isSum).toBe(false);
  expect(terms.map(({ token }) => token.id)).toEqual([3, 0]);
});

test('a word that the table does not hold is named', async () => {
  await expect(parseTerms('king + hobbit', tokenizer)).rejects.toThrow('hobbit');
});

test('vectors are summed at the same length', () => {
  expect([...signedSum([3, 4, 0, 10], [1, -1], 2)].map((value) => Number(value.toFixed(6)))).toEqual([
    0.6, -0.2,
  ]);
  expect([...signedSum([0, 0], [1], 2)]).toEqual([0, 0]);
});
