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
  ['place_in_word', 'e\u0301tat ❤\uFE0F a\u00ADb 𝒜’𝒷', [1, 1, 2, 3, 4, 0, 0, 0, 0, 1, 1, 2, 0, 1, 2, 3]],
  ['place_in_word', 'dogs’ a-b', [1, 2, 3, 4, 0, 0, 1, 0, 1]],
  ['since_sentence', '“A.” «B!» c', [1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]],
  ['since_sentence', '去。他', [1, 0, 1]],
  ['since_sentence', 'a.b…\r\nc', [1, 2, 3, 4, 0, 0, 1]],
  ['in_quotes', '„a“ b »c« d', [1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0]],
  ['in_quotes', '‘I’m’ ”a” b', [1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0]],
  ['in_quotes', '“a ‘b’ c” d', [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]],
  ['in_quotes', '“a\n\n“b” c', [1, 1, 1, 0, 1, 1, 0, 0, 0]],
  ['in_quotes', '“a\n“b” c', [1, 1, 1, 1, 1, 0, 0, 0]],
  ['in_quotes', '“a ‘b” c”', [1, 1, 1, 1, 1, 0, 0, 0, 0]],
  ['in_quotes', 'it’s 「a」', [0, 0, 0, 0, 0, 1, 1, 0]],
  ['in_quotes', '"a\n \nb', [1, 1, 1, 1, 0, 0]],
  ['in_brackets', '）（a', [0, 1, 1]],
  ['capital', 'ǅß', [1, 0]],
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

test('what was typed is read where tokens have places in it', () => {
  const typed = 'U.S. “Aye!”\nhe said (don’t)';
  const words: Token[] = [...typed.matchAll(/\p{L}+(?:’\p{L}+)?|\S/gu)].map(({ 0: text, index }) =>
    text === '“' || text === 'said'
      ? tokenOf('<unk>', { span: [index, index + text.length], special: true, unknown: true })
      : tokenOf(text, { span: [index, index + text.length], word: /\p{L}/u.test(text) }),
  );
  const valuesIn = (name: string) => [
    ...(builtInFeatures(words, typed).find((feature) => feature.name === name)?.values ?? []),
  ];
  // U . S . “ Aye ! ” he said ( don’t )
  expect(valuesIn('place_in_word')).toEqual([1, 0, 1, 0, 0, 3, 0, 0, 2, 4, 0, 5, 0]);
  expect(valuesIn('since_line')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4]);
  expect(valuesIn('since_sentence')).toEqual([1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 2, 3, 4]);
  expect(valuesIn('in_quotes')).toEqual([0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
});

test('pieces of words, and characters of several tokens, are read as what they are', () => {
  const place = (tokens: readonly Token[], typed?: string) => [
    ...(builtInFeatures(tokens, typed).find(({ name }) => name === 'place_in_word')?.values ?? []),
  ];
  const pieces = [tokenOf('play', { span: [0, 4] }), tokenOf('##ing', { span: [4, 7] })];
  expect(place(pieces)).toEqual([4, 7]);
  expect(place(pieces, 'playing')).toEqual([4, 7]);
  const raw = 'raw';
  const parts = (...spans: [number, number][]) => [
    tokenOf('⟨😀, 1 of 2⟩', { raw, span: spans[0] ?? null }),
    tokenOf('⟨😀, 2 of 2⟩', { raw, span: spans[1] ?? null }),
    tokenOf('⟨E2⟩'),
  ];
  expect(place(parts())).toEqual([0, 0, 0]);
  expect(joinedText(parts()).text).toBe('😀\uFFFD');
  expect(joinedText(parts([0, 2], [0, 2]).slice(0, 2), '😀').ends).toEqual(Uint32Array.of(2, 2));
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
