import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { excerptOf, movable } from '../../../src/common/text/excerpt.ts';
import type { Token } from '../../../src/common/text/token.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
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

test('a window is of a pair’s second text; the first one is too long beside it', () => {
  expect(runRequest({ text: 'x', pair: 'y', window: '3@0' })).toEqual({
    ...{ text: 'x', pair: 'y', window: { size: 3, at: 0 } },
  });
  const pair = [...tokens, ...own.map((token) => ({ ...token, ofPair: true })), special('[SEP]')];
  const excerpt = excerptOf(TEXT, pair, { size: 10, at: 3 });
  expect(excerpt).toMatchObject({ text: TEXT, at: 3, shown: 2, of: 5 });
  expect(TEXT.slice(excerpt.start, excerpt.end)).toBe('four five');
  // Spans of the second text stay those of all of it.
  expect(excerpt.tokens.slice(7, -1)).toEqual(pair.slice(10, 12));
  expect(() => excerptOf(TEXT, pair, { size: 8, at: 0 })).toThrow(
    'no room for the second text: the first one, with what the tokenizer puts around both, has 8.',
  );
  expect(() => excerptOf(TEXT, pair, { size: 10, at: 5 })).toThrow('the second text has 5');
  const slot = { model: { loaded: { maxTokens: 10 } } as never, wish: { isChat: false } as never };
  const long = longText(slot, { text: TEXT, tokens: pair });
  expect(long).toEqual({ most: 10, of: 5, room: 2, at: null, ofPair: true });
  // Where the first text alone is too long, there are no windows.
  slot.model = { loaded: { maxTokens: 8 } } as never;
  expect(longText(slot, { text: TEXT, tokens: pair })).toBe(null);
});

// Of `tokenizers`: enable_truncation(max_length, stride=0, strategy='only_second'), ids of encode() and of its `overflowing`.
test.each<[string, number, number[][]]>([
  [
    'bert',
    20,
    [
      [2, 43, 128, 108, 1, 21, 3, 157, 43, 128, 240, 102, 43, 128, 96, 95, 102, 1, 28, 3],
      [2, 43, 128, 108, 1, 21, 3, 239, 1, 11, 41, 99, 249, 102, 99, 24, 97, 157, 221, 3],
      [2, 43, 128, 108, 1, 21, 3, 241, 104, 12, 3],
    ],
  ],
  [
    'roberta',
    30,
    [
      [
        0, 58, 75, 82, 261, 90, 76, 80, 86, 34, 2, 2, 339, 72, 272, 75, 276, 72, 272, 353, 72, 261, 90, 76,
        80, 86, 316, 342, 224, 2,
      ],
      [
        0, 58, 75, 82, 261, 90, 76, 80, 86, 34, 2, 2, 68, 90, 266, 15, 224, 88, 81, 374, 72, 81, 224, 69, 92,
        267, 261, 352, 83, 2,
      ],
      [0, 58, 75, 82, 261, 90, 76, 80, 86, 34, 2, 2, 86, 17, 2],
    ],
  ],
])('%s: windows of %i tokens over a pair are those of the tokenizer’s own library', (name, size, windows) => {
  const file = join(import.meta.dirname, '../../fixtures/tokenizers', name, 'tokenizer.json');
  const core = new TokenizerCore({ 'tokenizer.json': readFileSync(file, 'utf8') });
  const whole = core.encode('Who swims?', 'The white whale swims far away, unseen by the ships.');
  const room = size - movable(whole).around;
  const found = windows.map((_, i) => excerptOf('Who swims?', whole, { size, at: i * room }));
  expect(found.map(({ tokens: shown }) => shown.map(({ id }) => id))).toEqual(windows);
});

test('windows follow one another to the end and back', () => {
  const slot = {
    model: { loaded: { maxTokens: 4 } } as never,
    wish: { pair: null, isChat: false } as never,
  };
  const long = longText(slot, { text: TEXT, tokens });
  expect(long).toEqual({ most: 4, of: 5, room: 2, at: null, ofPair: false });
  if (long === null) return;
  const steps = [long.at];
  for (let at = nextWindow(long, 1); at !== null; at = nextWindow({ ...long, at }, 1)) steps.push(at);
  expect(steps).toEqual([null, 0, 2, 3]);
  expect(nextWindow({ ...long, at: 3 }, -1)).toBe(1);
  expect(nextWindow({ ...long, at: 0 }, -1)).toBe(null);
  expect(longText(slot, { text: 'one', tokens: tokens.slice(0, 2) })).toBe(null);
});
