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

test('words may have spaces, capitals and marks of their own', async () => {
  const entries = ['new', 'york', 'new york', 'Paris', 'paris', 'c++', '-', 'u.s.', 'New'];
  const table = new VocabularyTokenizer(
    { kind: 'words', vocab: 'vocab.txt', lowercase: true, unknown: null, start: null, end: null },
    entries,
  );
  const words = async (text: string) =>
    (await parseTerms(text, table)).terms.map(
      ({ token, sign }) => `${sign > 0 ? '+' : '−'}${entries[token.id]}`,
    );
  expect(await words('new york')).toEqual(['+new york']);
  expect(await words('New  York - york')).toEqual(['+new york', '−york']);
  expect(await words('paris - new york + Paris')).toEqual(['+paris', '−new york', '+Paris']);
  expect(await words('PARIS - New c++ u.s.')).toEqual(['+paris', '−New', '+c++', '+u.s.']);
  const { terms } = await parseTerms('paris + new york', table);
  expect(terms[1]?.token.span).toEqual([8, 16]);
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
