import { describe, expect, test } from 'vitest';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { cutToFit } from '../../../src/renderer/text/cut.ts';

const token = (span: readonly [number, number] | null, ofPair = false): Token => ({
  id: 1,
  text: '',
  span,
  special: span === null,
  ...(ofPair ? { ofPair } : {}),
});
const cls = token(null);

describe('a text that is too long', () => {
  test('is cut at the first character of a token; special tokens count', () => {
    const tokens = [cls, token([0, 3]), token([4, 7]), token([8, 11]), cls];
    expect(cutToFit({ text: 'one two six', pair: null }, tokens, 0, 4)).toEqual({
      text: 'one two ',
      pair: null,
    });
    expect(cutToFit({ text: 'one two six', pair: null }, tokens, 0, 3)).toEqual({ text: 'one ', pair: null });
    expect(cutToFit({ text: 'one two six', pair: null }, tokens, 0, 5)).toEqual({
      text: 'one two six',
      pair: null,
    });
    expect(cutToFit({ text: 'one two six', pair: null }, tokens, 0, 2)).toBeNull();
    expect(cutToFit({ text: 'one two six', pair: null }, tokens, 0, 1)).toBeNull();
  });

  test('loses a character whole that is spread over tokens', () => {
    const tokens = [token([0, 1]), token([1, 3]), token([1, 3]), token([1, 3])];
    expect(cutToFit({ text: 'a🙂', pair: null }, tokens, 0, 3)?.text).toBe('a');
  });

  test('of a pair the longer one is cut first', () => {
    const first = [token([0, 1]), token([2, 3])];
    const second = [token([0, 1], true), token([2, 3], true), token([4, 5], true), token([6, 7], true)];
    const texts = { text: 'a b', pair: 'c d e f' };
    const tokens = [cls, ...first, cls, ...second, cls];
    expect(cutToFit(texts, tokens, 0, 7)).toEqual({ text: 'a b', pair: 'c d ' });
    expect(cutToFit(texts, tokens, 0, 5)).toEqual({ text: 'a ', pair: 'c ' });
  });

  test('in a chat only the message is cut', () => {
    // <user> one two <end>
    const tokens = [token([0, 6]), token([7, 10]), token([11, 14]), token([15, 20])];
    expect(cutToFit({ text: 'one two', pair: null }, tokens, 7, 3)).toEqual({ text: 'one ', pair: null });
    expect(cutToFit({ text: 'one two', pair: null }, tokens, 7, 2)).toBeNull();
  });
});
