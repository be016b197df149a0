import { describe, expect, test } from 'vitest';
import { excerptOf } from '../../../src/common/text/excerpt.ts';
import type { Token } from '../../../src/common/text/token.ts';
import { runRequest } from '../../../src/main/cli/run-options.ts';
import { longText, nextWindow } from '../../../src/renderer/state/session/too-long.ts';

const TEXT = 'one two three four five';
const special = (text: string): Token => ({ id: 0, text, span: null, special: true });
const own = [...TEXT.matchAll(/\S+/g)].map(({ 0: text, index }, id): Token => ({
  ...{ id: id + 1, text, special: false },
  span: [index, index + text.length],
}));
const tokens = [special('[CLS]'), ...own, special('[SEP]')];

describe('a window of a long text', () => {
  test.each<[string, { size: number; at: number }, string, string[]]>([
    ['the first', { size: 4, at: 0 }, 'one two', ['[CLS]', 'one', 'two', '[SEP]']],
    ['in the middle', { size: 4, at: 2 }, 'three four', ['[CLS]', 'three', 'four', '[SEP]']],
    ['a short one at the end', { size: 4, at: 4 }, 'five', ['[CLS]', 'five', '[SEP]']],
    ['all of it', { size: 99, at: 0 }, TEXT, ['[CLS]', 'one', 'two', 'three', 'four', 'five', '[SEP]']],
  ])('%s', (_, window, text, texts) => {
    const excerpt = excerptOf(TEXT, tokens, window);
    expect([excerpt.text, excerpt.tokens.map((token) => token.text)]).toEqual([text, texts]);
    for (const { span, text: piece } of excerpt.tokens)
      if (span !== null) expect(excerpt.text.slice(...span)).toBe(piece);
    expect(TEXT.slice(excerpt.start)).toMatch(new RegExp(`^${text}`));
  });

  test.each([
    [{ size: 2, at: 0 }, /no room.*puts 2 around/],
    [{ size: 4, at: 5 }, /begins at token 5; the text has 5/],
  ])('that holds nothing is refused: %j', (window, message) => {
    expect(() => excerptOf(TEXT, tokens, window)).toThrow(message);
  });
});

test.each([
  ['32@10', { size: 32, at: 10 }],
  ['32', { size: 32, at: 0 }],
  ['@3', null],
  ['0@3', null],
  ['3@-1', null],
  ['a@b', null],
])('--window %s', (given, window) => {
  const ask = () => runRequest({ text: 'x', window: given });
  if (window === null) expect(ask).toThrow('it must be N@K');
  else expect(ask()).toEqual({ text: 'x', window });
});

test('a window is of one text', () => {
  expect(() => runRequest({ text: 'x', pair: 'y', window: '3@0' })).toThrow('leave --pair out');
});

test('windows follow one another to the end and back', () => {
  const slot = {
    model: { loaded: { maxTokens: 4 } } as never,
    wish: { pair: null, isChat: false } as never,
  };
  const long = longText(slot, { text: TEXT, tokens });
  expect(long).toEqual({ most: 4, of: 5, room: 2, at: null });
  if (long === null) return;
  const steps = [long.at];
  for (let at = nextWindow(long, 1); at !== null; at = nextWindow({ ...long, at }, 1)) steps.push(at);
  expect(steps).toEqual([null, 0, 2, 3]);
  expect(nextWindow({ ...long, at: 3 }, -1)).toBe(1);
  expect(nextWindow({ ...long, at: 0 }, -1)).toBe(null);
  expect(longText(slot, { text: 'one', tokens: tokens.slice(0, 2) })).toBe(null);
});
