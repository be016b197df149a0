import { describe, expect, test } from 'vitest';
import { linkedPlace, type LinkedRun } from '../../../src/renderer/runs/linked-place.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';

const TEXT = 'The captain sailed';

/** A run whose tokens cover these stretches of its text; null: a token that no text stands for. */
function run(
  spans: readonly (readonly [number, number] | null)[],
  options: { side?: 'source'; text?: string; shift?: number | null; pair?: readonly [number, number] } = {},
): LinkedRun {
  const { side, text = TEXT, shift = 0, pair } = options;
  const tokens = spans.map((span): Token => ({ id: 0, text: '', span, special: span === null }));
  if (pair !== undefined) tokens.push({ id: 0, text: '', span: pair, special: false, ofPair: true });
  return {
    run: {
      tokens: side === 'source' ? [] : tokens,
      sourceTokens: side === 'source' ? tokens : null,
      layers: 2,
      heads: 2,
    },
    text,
    shift,
  };
}

const words = run([
  [0, 3],
  [3, 11],
  [11, 18],
]);
const pieces = run([null, [0, 3], [4, 7], [7, 11], [12, 16], [16, 18], null]);
const letters = run(Array.from(TEXT, (_, at) => [at, at + 1] as const));
const encoder = run(
  [
    [0, 3],
    [4, 11],
    [12, 18],
  ],
  { side: 'source' },
);
/** “user: ” stands before the text. */
const chat = run(
  [
    [0, 6],
    [6, 9],
    [9, 17],
    [17, 24],
  ],
  { shift: 6 },
);
const changed = run(
  [
    [0, 3],
    [3, 11],
    [11, 15],
  ],
  { text: 'The captain sank' },
);

test.each([
  ['a word → the piece with the most of it', 1, words, pieces, 3],
  ['a piece → its word', 4, pieces, words, 2],
  ['a word → its first letter', 1, words, letters, 4],
  ['a letter → its word', 5, letters, words, 1],
  ['a word → the source of an encoder-decoder', 2, words, encoder, 2],
  ['a word → the same word of a chat message', 1, words, chat, 2],
  ['a word of a chat message → the word', 3, chat, words, 2],
  ['another text: what both begin with is linked', 1, words, changed, 1],
  ['another text: what differs is not', 2, words, changed, null],
  ['a special token has no characters', 0, pieces, words, null],
  ['what a template wrote was not typed', 0, chat, words, null],
] as const)('%s', (_, index, from, to, expected) => {
  const side = from === encoder ? 'source' : 'target';
  const place = linkedPlace({ token: { side, index } }, from, to);
  expect(place?.token?.index ?? null).toBe(expected);
  if (expected !== null) expect(place?.token?.side).toBe(to === encoder ? 'source' : 'target');
});

describe('the rest of a place', () => {
  test('keys are linked like tokens; layers and heads that are not there are left out', () => {
    const place = {
      token: { side: 'target', index: 2 },
      key: { side: 'target', index: 0 },
      layer: 1,
      head: 5,
    } as const;
    expect(linkedPlace(place, words, pieces)).toEqual({
      token: { side: 'target', index: 4 },
      key: { side: 'target', index: 1 },
      layer: 1,
    });
  });

  test('a place of which nothing is there is none', () => {
    expect(linkedPlace({ token: { side: 'target', index: 0 }, head: 3 }, pieces, words)).toBeNull();
    expect(linkedPlace(null, words, pieces)).toBeNull();
  });

  test('tokens of a second text are linked with those of the second text', () => {
    const [a, b] = [run([[0, 3]], { pair: [0, 4] }), run([[0, 3], null], { pair: [0, 4] })];
    expect(linkedPlace({ token: { side: 'target', index: 1 } }, a, b)).toEqual({
      token: { side: 'target', index: 2 },
    });
  });
});
