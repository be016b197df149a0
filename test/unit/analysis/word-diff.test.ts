import { describe, expect, test } from 'vitest';
import { differing, wordsOf } from '../../../src/renderer/analysis/word-diff.ts';

describe('words of tokens', () => {
  test.each([
    { texts: ['un', ' cab', 'allo', ' negro', '.'], words: ['un', 'caballo', 'negro.'] },
    { texts: [' a', ' ', 'b c'], words: ['a', 'b', 'c'] },
    { texts: [], words: [] },
    { texts: ['a\n', 'b'], words: ['a', 'b'] },
  ])('$texts', ({ texts, words }) => {
    expect(wordsOf(texts).map(({ text }) => text)).toEqual(words);
  });

  test('a word knows its tokens', () => {
    expect(wordsOf(['un', ' cab', 'allo', ' x']).map(({ tokens }) => tokens)).toEqual([
      [0, 1],
      [1, 3],
      [3, 4],
    ]);
  });
});

describe('words that differ from a reference', () => {
  test.each([
    { words: 'a b c', reference: 'a b c', wrong: '' },
    {
      words: 'un teléfono negro que no lavé',
      reference: 'un caballo negro que no quiso',
      wrong: 'teléfono lavé',
    },
    { words: 'a x b', reference: 'a b', wrong: 'x' },
    { words: 'a b', reference: 'a x b', wrong: '' },
    { words: 'b a', reference: 'a b', wrong: 'b' },
    { words: 'the the cat', reference: 'the cat', wrong: 'the' },
    { words: '', reference: 'a', wrong: '' },
    { words: 'x y', reference: '', wrong: 'x y' },
  ])('“$words” for “$reference”', ({ words, reference, wrong }) => {
    const split = (text: string) => text.split(' ').filter((word) => word !== '');
    const marks = differing(split(words), split(reference));
    expect(
      split(words)
        .filter((_, i) => marks[i] === true)
        .join(' '),
    ).toBe(wrong);
  });
});
