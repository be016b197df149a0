import { expect, test } from 'vitest';
import { metricTokens } from '../../../src/renderer/kernels/attention/attention-metrics.ts';
import { referenceMetrics } from '../../../src/renderer/kernels/attention/attention-metrics.reference.ts';
import { headMetrics, type HeadMetrics } from '../../../src/renderer/runs/head-metrics.ts';
import { arrangedHeads, metricTable } from '../../../src/renderer/views/attention-grid/head-table.ts';
import {
  labelOf,
  METRIC_NAMES,
  metricMost,
  mostTelling,
  numbersOf,
  withRepeated,
  type MeasuredHead,
} from '../../../src/renderer/analysis/heads.ts';
import { nextAlong, scatterDrawing } from '../../../src/renderer/views/attention-grid/scatter.ts';

const NONE = Object.fromEntries(METRIC_NAMES.map((name) => [name, 0])) as HeadMetrics;
const headOf = (layer: number, head: number, metrics: Partial<HeadMetrics>): MeasuredHead => ({
  ...{ kind: 'self', layer, head },
  metrics: { ...NONE, ...metrics },
});
const HEADS = [
  headOf(0, 0, { previous: 0.95, effective_tokens: 1.2 }),
  headOf(0, 1, { first: 0.9, induction: NaN, duplicate: NaN, effective_tokens: 2 }),
  headOf(1, 0, { induction: 0.88, first: 0.1, effective_tokens: 3 }),
  headOf(1, 1, { self: 0.4, effective_tokens: 7.25 }),
];

/** “a b a b”: an induction head looks from the second a to the first b. */
const TOKENS = [7, 9, 7, 9].map((id, at) => ({ id, special: at === 0 }));

test('a perfect induction head, a perfect previous-token head and one that repeats have a score of 1', () => {
  const rows = (keys: readonly number[]) => keys.flatMap((key) => [0, 1, 2, 3].map((s) => Number(s === key)));
  const weights = [...rows([0, 0, 1, 2]), ...rows([0, 0, 0, 1])];
  const [induction, duplicate] = headMetrics(referenceMetrics(weights, TOKENS, TOKENS));
  expect(induction).toMatchObject({ induction: 1, previous: 1, duplicate: 0, special: 0.5, entropy: 0 });
  expect(induction).toMatchObject({ effective_tokens: 1, first: 0.5, self: 0.25, distance: 0.75 });
  expect(duplicate).toMatchObject({ induction: 0, duplicate: 1, special: 0.75 });
});

test('a text in which no token comes again has no induction', () => {
  const weights = [1, 0, 0.5, 0.5];
  const tokens = [1, 2].map((id) => ({ id, special: false }));
  const [head] = headMetrics(referenceMetrics(weights, tokens, tokens));
  expect(head?.induction).toBeNaN();
  expect(head?.duplicate).toBeNaN();
  expect(head?.entropy).toBeCloseTo(Math.log(2) / 2, 12);
  // The kernel says −1 where nothing counts.
  expect(headMetrics([0, 0, 0, 0, 0, 0, -1, -1])[0]?.duplicate).toBeNaN();
});

test('the kernel is told of special tokens and of those that come again', () => {
  const words = [...metricTokens(TOKENS, TOKENS)];
  expect(words.map((word) => word & 0x1fffffff)).toEqual([7, 9, 7, 9, 7, 9, 7, 9]);
  // Special, comes again, comes again with a key after it.
  expect(words.map((word) => word >>> 29)).toEqual([4, 0, 3, 3, 4, 0, 0, 0]);
  // Queries that begin later among the keys.
  expect([...metricTokens(TOKENS.slice(2), TOKENS, 2)].map((word) => word >>> 29)).toEqual([
    3, 3, 4, 0, 0, 0,
  ]);
  // Of two sequences, as in cross-attention: the last key has none after it.
  const queries = [9, 9, 9].map((id) => ({ id, special: false }));
  expect([...metricTokens(queries, [{ id: 9, special: false }])].map((word) => word >>> 29)).toEqual([
    0, 2, 2, 0,
  ]);
});

test('a query whose key is not there does not count', () => {
  // Three queries over two keys: the third has no key of its own, and all have one before it but the first.
  const weights = [0.5, 0.5, 0.25, 0.75, 1, 0];
  const tokens = (ids: readonly number[]) => ids.map((id) => ({ id, special: false }));
  const [head] = headMetrics(referenceMetrics(weights, tokens([1, 2, 3]), tokens([4, 5])));
  expect(head?.self).toBeCloseTo((0.5 + 0.75) / 2, 12);
  expect(head?.previous).toBeCloseTo((0.25 + 0) / 2, 12);
});

test('labels are plain words, and guesses say so', () => {
  expect(HEADS.map((head) => labelOf(head).text)).toEqual([
    'previous token 0.950',
    'first token 0.900',
    'induction 0.880',
    'own token? 0.400',
  ]);
  expect(labelOf(headOf(0, 0, { effective_tokens: 7.25 })).text).toBe('looks at 7.25 tokens');
  expect(labelOf(headOf(0, 0, { induction: 0.4 })).isClear).toBe(false);
  expect(labelOf(headOf(0, 0, { effective_tokens: NaN })).text).toBe('not a number');
});

test('scored on repeated random tokens, a label is no guess', () => {
  const scores = {
    ...{ tokens: 50, seed: 0, samples: 8 },
    heads: new Map([
      [
        'self' as const,
        [
          { induction: 0, duplicate: 0.02, previous: 0.97 },
          { induction: 0.01, duplicate: 0, previous: 0.1 },
          { induction: 0.1, duplicate: 0, previous: 0 },
          { induction: 0, duplicate: 0, previous: 0 },
        ],
      ],
    ]),
  };
  const scored = withRepeated(HEADS, 'self', scores);
  expect(scored.map((head) => labelOf(head).text)).toEqual([
    'previous token 0.970',
    'first token 0.900',
    // The text looked like induction; random tokens tell that it is none.
    'looks at 3.00 tokens',
    'own token? 0.400',
  ]);
  expect(scored.map((head) => labelOf(head).isMeasured)).toEqual([true, false, false, false]);
  expect(numbersOf(scored).at(-1)).toBe('random_previous');
  expect(numbersOf(HEADS)).toEqual(METRIC_NAMES);
  expect(withRepeated(HEADS, 'encoder', scores)).toBe(HEADS);
});

test('the most telling head is the clearest induction or previous-token head', () => {
  expect(mostTelling(HEADS)).toBe(HEADS[2]);
  expect(mostTelling(HEADS.slice(0, 2))).toBe(HEADS[0]);
  expect(mostTelling(HEADS.slice(3))).toBeNull();
});

test('heads over another text have no habits of the same text; the one that looks at the fewest words tells most', () => {
  const across = [
    { previous: 0.9, self: 0.8, effective_tokens: 2.5 },
    { special: 0.9, effective_tokens: 1.1 },
    { induction: 0.7, effective_tokens: 1.3 },
  ].map((metrics, head): MeasuredHead => ({ ...headOf(0, head, metrics), kind: 'cross' }));
  expect(across.map((head) => labelOf(head).text)).toEqual([
    'looks at 2.50 tokens',
    'special tokens 0.900',
    'looks at 1.30 tokens',
  ]);
  expect(mostTelling(across)).toBe(across[2]);
  expect(mostTelling(across.slice(1, 2))).toBeNull();
});

test('the table is sorted and filtered, and what has no number stands last', () => {
  const names = (heads: readonly MeasuredHead[]) => heads.map(({ layer, head }) => `${layer} ${head}`);
  const all = { filter: '', descending: true };
  expect(names(arrangedHeads(HEADS, { ...all, by: 'induction' }))).toEqual(['1 0', '0 0', '1 1', '0 1']);
  expect(names(arrangedHeads(HEADS, { ...all, by: 'head' }))).toEqual(['1 1', '1 0', '0 1', '0 0']);
  expect(names(arrangedHeads(HEADS, { ...all, by: 'head', filter: 'token L0' }))).toEqual(['0 1', '0 0']);
  const { columns, rows, arrays } = metricTable(HEADS, 2);
  expect(columns.slice(0, 4)).toEqual(['layer', 'head', 'label', 'previous']);
  expect([...rows][0]?.slice(0, 4)).toEqual([0, 0, 'previous token 0.950', Math.fround(0.95)]);
  expect(arrays.find(({ name }) => name === 'head_metrics.induction')?.shape).toEqual([2, 2]);
});

test('the scatter plot has a point for each head that has both numbers', () => {
  const size = { width: 500, height: 400, text: 12 };
  const { marks } = scatterDrawing(HEADS, { x: 'first', y: 'induction' }, 2, size, '1 0');
  const points = marks.filter((mark) => mark.kind === 'circle');
  expect(points.map(({ id }) => id)).toEqual(['0 0', '1 0', '1 1']);
  const texts = marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  expect(texts).toContain('L1 H0 · induction 0.880');
  expect(metricMost('effective_tokens', HEADS)).toBe(7.25);
});

test('a scatter plot without a point says why', () => {
  const axes = { x: 'first', y: 'induction' } as const;
  const heads = HEADS.filter(({ metrics }) => Number.isNaN(metrics.induction));
  expect(heads).not.toEqual([]);
  const { marks } = scatterDrawing(heads, axes, 2, { width: 700, height: 400, text: 12 });
  expect(marks.some((mark) => mark.kind === 'text' && mark.text.startsWith('No head has both'))).toBe(true);
});

test.each([
  // By previous: L1 H0 and L1 H1 have 0, L0 H0 has 0.95; L0 H1 has no induction, so it is no point.
  ['ArrowRight', '1 1', '0 0'],
  ['ArrowRight', '0 0', '0 0'],
  ['ArrowLeft', '0 0', '1 1'],
  ['ArrowUp', '1 1', '1 0'],
  ['ArrowDown', '1 0', '1 1'],
])('%s in the scatter plot goes from head %s to head %s', (key, from, to) => {
  const next = nextAlong(key, HEADS, { x: 'previous', y: 'induction' }, from);
  expect(`${next?.layer} ${next?.head}`).toBe(to);
});

test('other keys are not the scatter plot’s', () => {
  expect(nextAlong('Home', HEADS, { x: 'previous', y: 'induction' }, '0 0')).toBeNull();
});
