import { describe, expect, test } from 'vitest';
import { tokenLabels } from '../../../src/renderer/common/axis-labels.ts';
import { wordsOf } from '../../../src/renderer/common/token-words.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { tokensOf } from '../drawing/sample.ts';

const letters = (text: string) => tokensOf([...text].join('|'));
const roomOf = (text: string) => [...text].length * 8 + 4;
const texts = (tokens: readonly Token[], length: number) =>
  tokenLabels(tokens, length, roomOf).map(({ text }) => text);

describe('words of tokens', () => {
  const special: Token = { id: 9, text: '[SEP]', span: null, special: true };
  test.each([
    ['letters', letters('the sea'), ['the', 'sea']],
    ['pieces', tokensOf('Call| me| Ish|mael|.'), ['Call', 'me', 'Ishmael.']],
    ['pieces whose spaces are tokens', tokensOf('a| |b|c'), ['a', 'bc']],
    ['words of a list', tokensOf('a|b').map((token) => ({ ...token, word: true })), ['a', 'b']],
    ['special tokens', [...tokensOf('a|b'), special], ['ab', '[SEP]']],
    ['scripts without spaces', tokensOf('東|京'), ['東', '京']],
  ])('%s', (_, tokens, expected) => expect(wordsOf(tokens).map(({ text }) => text)).toEqual(expected));

  test('words that the text leaves a space between, though their tokens have none', () => {
    const tokens = tokensOf('a|b').map((token, i): Token => ({ ...token, span: [i * 2, i * 2 + 1] }));
    expect(wordsOf(tokens).map(({ first, end }) => [first, end])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});

describe('labels of an axis', () => {
  test('every token where all have room, its spaces visible', () => {
    expect(texts(letters('a b'), 100)).toEqual(['a', '·', 'b']);
  });

  test('long tokens are shortened before any is left out', () => {
    const tokens = tokensOf('The| whale| said| unquestionably| nothing');
    const labels = tokenLabels(tokens, 70 * 5, roomOf);
    expect(labels.map(({ first }) => first)).toEqual([0, 1, 2, 3, 4]);
    expect(labels[3]?.text).toMatch(/unqu?.*…/);
  });

  test('no letter is dropped out of a word: whole words, as many as have room', () => {
    const tokens = letters('the old sea was calm');
    expect(texts(tokens, 200)).toEqual(['the', 'old', 'sea', 'was', 'calm']);
    const few = texts(tokens, 90);
    expect(few.length).toBeLessThan(5);
    expect(few.every((word) => ['the', 'old', 'sea', 'was', 'calm'].includes(word))).toBe(true);
  });

  test('a word stands in the middle of its letters, and no two labels touch', () => {
    const labels = tokenLabels(letters('the old sea was calm'), 120, roomOf);
    expect(labels[0]).toMatchObject({ first: 0, end: 3, at: 9 });
    for (const [i, label] of labels.entries()) {
      const before = labels[i - 1];
      if (before === undefined) continue;
      expect(label.at - before.at).toBeGreaterThanOrEqual(
        (roomOf(label.text) + roomOf(before.text)) / 2 - 1e-6,
      );
    }
  });

  test('words that are not looked for between two labels are those that have no room', () => {
    const tokens = letters('a few of them are extraordinarily long and so on, '.repeat(40));
    for (const length of [30, 300, 3000, 9000]) {
      const pitch = length / tokens.length;
      let free = -Infinity;
      const expected = wordsOf(tokens).filter(({ first, end, text }) => {
        const at = ((first + end) / 2) * pitch;
        const room = roomOf(text.length > 14 ? 'x'.repeat(14) : text);
        if (at < free || at - room / 2 < free - 1e-9) return false;
        free = at + room / 2;
        return true;
      });
      const labels = tokenLabels(tokens, length, roomOf);
      expect(labels.map(({ first }) => first)).toEqual(expected.map(({ first }) => first));
    }
  });
});
