import { describe, expect, test } from 'vitest';
import {
  cellOf,
  indexOn,
  keyOn,
  lookedIndex,
  lookedToken,
  placeOfCell,
  restingIndex,
  sequenceOf,
  textSide,
  tokenOn,
  type Place,
  type Side,
  type TokenRef,
} from '../../../src/renderer/runs/place.ts';
import type { AttentionMap, Run, Token } from '../../../src/renderer/runs/run.ts';

const tokens = (...texts: readonly string[]): Token[] =>
  texts.map((text, id) => ({ id, text, span: null, special: false }));
const gpt = { tokens: tokens('The', ' black', ' horse'), sourceTokens: null };
const marian = { tokens: tokens('El', ' caballo', ' negro'), sourceTokens: gpt.tokens };

const source = (index: number): TokenRef => ({ side: 'source', index });
const target = (index: number): TokenRef => ({ side: 'target', index });

/** What is lit where: strip (own tokens), text field (the text's sequence), steps of a recurrent encoder and decoder. */
function lit(run: Pick<Run, 'tokens' | 'sourceTokens'>, place: Place) {
  const text = textSide(run);
  const named = (side: Side, index: number | null) =>
    index === null ? null : (sequenceOf(run, side)[index]?.text.trim() ?? null);
  return {
    strip: named('target', tokenOn(place, 'target')),
    stripKey: named('target', keyOn(place, 'target')),
    text: named(text, tokenOn(place, text)),
    textKey: named(text, keyOn(place, text)),
    encoder: named('source', indexOn(place, 'source')),
    decoder: named('target', indexOn(place, 'target')),
  };
}

const none = { strip: null, stripKey: null, text: null, textKey: null, encoder: null, decoder: null };
const cell = (kind: AttentionMap['kind'], row: number, column: number) =>
  placeOfCell({ kind }, 0, 0, row, column);

describe('which tokens light', () => {
  test.each<[string, Pick<Run, 'tokens' | 'sourceTokens'>, Place, Partial<ReturnType<typeof lit>>]>([
    [
      'a token of the only sequence: strip and text',
      gpt,
      { token: target(1) },
      { strip: 'black', text: 'black', decoder: 'black' },
    ],
    [
      'a cell of self-attention: query and key, both in the one sequence',
      gpt,
      cell('self', 2, 1),
      { strip: 'horse', stripKey: 'black', text: 'horse', textKey: 'black', decoder: 'horse' },
    ],
    [
      'an output token of a translator lights no word of the source',
      marian,
      { token: target(1) },
      { strip: 'caballo', decoder: 'caballo' },
    ],
    [
      'a word of the source lights no output token',
      marian,
      { token: source(2) },
      { text: 'horse', encoder: 'horse' },
    ],
    [
      'a cell of cross-attention: an output token and a word of the source',
      marian,
      cell('cross', 1, 2),
      { strip: 'caballo', textKey: 'horse', encoder: 'horse', decoder: 'caballo' },
    ],
    [
      'a cell of the encoder’s self-attention: two words of the source',
      marian,
      cell('encoder', 2, 1),
      { text: 'horse', textKey: 'black', encoder: 'horse' },
    ],
    [
      'a cell of the decoder’s self-attention: two output tokens',
      marian,
      cell('decoder', 2, 1),
      { strip: 'negro', stripKey: 'caballo', decoder: 'negro' },
    ],
  ])('%s', (_, run, place, expected) => {
    expect(lit(run, place)).toEqual({ ...none, ...expected });
  });

  test.each<[AttentionMap['kind'], Place, { row: number | null; column: number | null }]>([
    ['self', { token: target(2) }, { row: 2, column: null }],
    ['decoder', { token: target(2), key: target(0) }, { row: 2, column: 0 }],
    ['cross', { token: target(2), key: source(0) }, { row: 2, column: 0 }],
    ['cross', { token: source(1) }, { row: null, column: 1 }],
    ['cross', { token: target(2), key: target(1) }, { row: 2, column: null }],
    ['encoder', { token: target(2) }, { row: null, column: null }],
    ['encoder', { token: source(2), key: source(1) }, { row: 2, column: 1 }],
    ['decoder', { token: source(2) }, { row: null, column: null }],
  ])('row and column of %s attention for %o', (kind, place, expected) => {
    expect(cellOf({ kind }, place)).toEqual(expected);
  });
});

test('the token that is looked at is one that the run has', () => {
  expect(lookedToken(gpt, null)).toEqual(target(2));
  expect(lookedToken(gpt, { token: target(9) })).toEqual(target(2));
  expect(lookedToken(marian, { token: source(1), layer: 0 })).toEqual(source(1));
  expect(lookedToken({ tokens: [], sourceTokens: null }, null).index).toBe(-1);
});

test('views of every side show the same token: the one that is looked at, else the mask, else the last', () => {
  const masked = { ...gpt, tokens: gpt.tokens.map((token) => ({ ...token, mask: token.id === 1 })) };
  expect(restingIndex(gpt, 'target')).toBe(2);
  expect(restingIndex(masked, 'target')).toBe(1);
  expect(restingIndex(gpt, 'source')).toBe(-1);
  expect(lookedIndex(masked, null, 'target')).toBe(lookedToken(masked, null).index);
  expect(lookedIndex(marian, { token: target(1), key: source(0) }, 'source')).toBe(0);
  expect(lookedIndex(marian, { token: target(1) }, 'source')).toBe(2);
  expect(lookedIndex(gpt, { token: target(9) }, 'target')).toBe(2);
});
