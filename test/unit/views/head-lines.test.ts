import { expect, test } from 'vitest';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { lineRow, linesDrawing } from '../../../src/renderer/views/attention-head/lines.ts';
import {
  isPair,
  linksOf,
  MANY_KEYS,
  PER_QUERY,
  type Pairs,
} from '../../../src/renderer/views/attention-head/links.ts';

const tokensOf = (count: number, second = Infinity) =>
  Array.from({ length: count }, (_, id): Token => {
    const token = { id, text: `t${id}`, span: null, special: false };
    return id < second ? token : { ...token, segment: 1 };
  });

test('the strongest keys of each query, the strongest first, hidden keys left out', () => {
  const tokens = tokensOf(3);
  const values = Float32Array.of(0.5, 0.25, 0.25, 0.125, 0.75, 0.125, 0, 0, 1);
  const links = (first: number) =>
    [...linksOf(values, { queries: tokens, keys: tokens }, first, 'all')].map(
      ({ query, key, weight }) => `${query}→${key} ${weight}`,
    );
  expect(links(0)).toEqual([
    '0→0 0.5',
    '0→1 0.25',
    '0→2 0.25',
    '1→1 0.75',
    '1→0 0.125',
    '1→2 0.125',
    '2→2 1',
  ]);
  expect(links(2)).toEqual(['0→2 0.25', '1→2 0.125', '2→2 1']);
  const even = (count: number) => {
    const map = { queries: tokensOf(count), keys: tokensOf(count) };
    return [...linksOf(new Float32Array(count ** 2).fill(1 / count), map, 0, 'all')];
  };
  // All that a short text has, so that the threshold alone says what is left out.
  expect(even(MANY_KEYS)).toHaveLength(MANY_KEYS ** 2);
  expect(even(MANY_KEYS + 1)).toHaveLength((MANY_KEYS + 1) * PER_QUERY);
});

/** Pairs whose second text is told by token types, and by nothing but its place (RoBERTa). */
const PAIRED: Readonly<Record<string, readonly Token[]>> = {
  types: tokensOf(4, 2),
  places: tokensOf(4).map((token) => (token.id === 2 ? { ...token, ofPair: true } : token)),
};

test.each(Object.keys(PAIRED))('links of a pair go from one text to the other: by %s', (by) => {
  const tokens = PAIRED[by] ?? [];
  const values = new Float32Array(16).fill(0.25);
  const links = (pairs: Pairs) =>
    [...linksOf(values, { queries: tokens, keys: tokens }, 0, pairs)].map(
      ({ query, key }) => `${query}${key}`,
    );
  expect(links('a-b')).toEqual(['02', '03', '12', '13']);
  expect(links('b-a')).toEqual(['20', '21', '30', '31']);
  expect(isPair({ queries: tokens, keys: tokens })).toBe(true);
  expect(isPair({ queries: tokensOf(4), keys: tokensOf(4) })).toBe(false);
});

test('lines in sight are drawn, as opaque as their weight; those of another token stand back', () => {
  const tokens = tokensOf(100);
  const links = Array.from({ length: 100 }, (_, query) => ({ head: 1, query, key: query, weight: 0.5 }));
  const draw = (row: number | null) =>
    linesDrawing(
      {
        ...{ queries: tokens, keys: tokens, links, heads: 4, sight: [10, 20], title: '' },
        looked: { row, column: null },
      },
      400,
      12,
    );
  const lines = (row: number | null) => draw(row).marks.filter((mark) => mark.kind === 'path');
  expect(lines(null)).toHaveLength(10);
  expect(new Set(lines(null).map(({ opacity }) => opacity))).toEqual(new Set([0.5]));
  expect(lines(12).filter(({ opacity }) => opacity === 0.5)).toHaveLength(1);
  expect(draw(null).height).toBeCloseTo(100 * lineRow(12));
  const ids = draw(12).marks.flatMap(({ id }) => (id === undefined ? [] : [id]));
  expect(ids).toContain('query 12');
  expect(ids).toHaveLength(20);
});
