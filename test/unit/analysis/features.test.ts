import { expect, test } from 'vitest';
import { builtInFeatures, joinedText, patternFeature } from '../../../src/renderer/analysis/features.ts';
import type { Token } from '../../../src/common/text/token.ts';

const tokenOf = (text: string, about: Partial<Token> = {}): Token => ({
  ...{ id: 0, text, span: null, special: false },
  ...about,
});
const characters = (text: string) => [...text].map((character) => tokenOf(character));
const valuesOf = (tokens: readonly Token[], name: string) => [
  ...(builtInFeatures(tokens).find((feature) => feature.name === name)?.values ?? []),
];

test.each([
  ['place_in_word', "I don't.", [1, 0, 1, 2, 3, 4, 5, 0]],
  ['place_in_word', 'a 42nd', [1, 0, 1, 2, 3, 4]],
  ['since_sentence', 'A. B!" C', [1, 2, 0, 1, 2, 3, 0, 1]],
  ['since_sentence', 'e.g. a', [1, 2, 3, 4, 0, 1]],
  ['since_sentence', 'a\nb', [1, 0, 1]],
  ['since_line', 'a.\nb', [1, 2, 0, 1]],
  ['in_quotes', 'a "b" “c”', [0, 0, 1, 1, 0, 0, 1, 1, 0]],
  ['in_brackets', '(a [b]) )', [1, 1, 1, 2, 2, 1, 0, 0, 0]],
  ['capital', 'aÉ1', [0, 1, 0]],
  ['position', 'abc', [0, 1, 2]],
])('%s of %j', (name, text, expected) => {
  expect(valuesOf(characters(text), name)).toEqual(expected);
});

test('tokens of several letters have what is so at their ends; special ones are no text', () => {
  const tokens = [
    tokenOf('<s>', { special: true }),
    tokenOf('The'),
    tokenOf(' cap'),
    tokenOf('tain.'),
    tokenOf(' “Go'),
  ];
  expect(valuesOf(tokens, 'place_in_word')).toEqual([0, 3, 3, 0, 2]);
  expect(valuesOf(tokens, 'since_sentence')).toEqual([1, 2, 3, 4, 0]);
  expect(valuesOf(tokens, 'capital')).toEqual([0, 1, 0, 0, 1]);
  expect(joinedText([tokenOf('un', { word: true }), tokenOf('rey', { word: true })]).text).toBe('un rey');
});

test('a pattern is on at every token that a match reaches into', () => {
  const { ends } = joinedText([
    tokenOf('<s>', { special: true }),
    tokenOf('ab'),
    tokenOf('cd'),
    tokenOf('ef'),
  ]);
  expect([...patternFeature('bc', ends, [[1, 3]]).values]).toEqual([0, 1, 1, 0]);
  expect([...patternFeature('x', ends, []).values]).toEqual([0, 0, 0, 0]);
});
