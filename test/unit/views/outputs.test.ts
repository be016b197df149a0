import { describe, expect, test } from 'vitest';
import type { Token } from '../../../src/common/text/token.ts';
import { labelPredictions } from '../../../src/renderer/analysis/labels.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import type { Labels } from '../../../src/renderer/runs/facets/labels.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { answerText, predictionBars } from '../../../src/renderer/views/outputs/bars.ts';
import { kindOf, tokensOf } from '../../../src/renderer/views/outputs/kinds.ts';
import { entityColours, readLabels, type LabelsShown } from '../../../src/renderer/views/outputs/labels.ts';
import { rowCount, shownIn } from '../../../src/renderer/views/outputs/rows.ts';
import { piecesOf } from '../../../src/renderer/views/outputs/text.ts';

const TAGS = ['O', 'B-PER', 'I-PER', 'B-LOC'];
const text = 'Anna May in Lima';
const token = (from: number, to: number): Token => ({
  id: 0,
  text: text.slice(from, to),
  span: [from, to],
  special: false,
});
const special: Token = { id: 1, text: '[CLS]', span: null, special: true };
const TOKENS = [special, token(0, 4), token(5, 8), token(9, 11), token(12, 16)];

function runOf(
  labels: Partial<Labels>,
  values: Readonly<Record<string, readonly number[]>>,
  source = false,
): Run {
  const own: Labels = {
    ...{
      labels: 'tokens',
      names: TAGS,
      scoring: 'softmax',
      side: source ? 'source' : 'target',
      hasNone: true,
    },
    ...labels,
  };
  return {
    tokens: source ? [special] : TOKENS,
    sourceTokens: source ? TOKENS : null,
    facet: facetsOf({ labels: own }),
    activations: new Map(
      Object.entries(values).map(([name, list]) => [name, { read: async () => Float32Array.from(list) }]),
    ),
  } as unknown as Run;
}

const row = (best: number) => TAGS.map((_, i) => (i === best ? 3 : 0));

describe('tags', () => {
  // What the tokenizer added has a label too, which is not shown.
  const run = runOf({}, { logits: [1, 1, 2, 0, 3].flatMap(row) });

  test('stand over the first token of what they name; “O” is none', async () => {
    const labels = (await readLabels(run)) as LabelsShown;
    const pieces = piecesOf(run, { scores: null, labels, written: null }, [0, 5]);
    expect(pieces.map(({ tag }) => tag)).toEqual([null, 'PER', null, null, 'LOC']);
    expect(pieces.map(({ category }) => category)).toEqual([null, 1, 1, null, 2]);
    expect(pieces.map(({ isApart }) => isApart)).toEqual([false, true, true, true, true]);
    expect(pieces[1]?.about).toMatch(/^“Anna”: B-PER \d/);
    expect([kindOf(run), rowCount(run)]).toEqual(['tokens', 5]);
  });

  test('have a colour for each entity', () => {
    expect([...entityColours(TAGS)]).toEqual([
      ['PER', 1],
      ['LOC', 2],
    ]);
  });
});

test('an answer is marked in the text that was read', async () => {
  const start = [0, 0, 0, 0, 5];
  const run = runOf(
    { labels: 'span', names: ['start', 'end'] },
    { start_logits: start, end_logits: start },
    true,
  );
  const labels = (await readLabels(run)) as LabelsShown;
  expect(labels.span?.best[0]).toMatchObject({ from: 4, to: 4 });
  const pieces = piecesOf(run, { scores: null, labels, written: null }, [0, 5]);
  expect(pieces.filter(({ isAnswer }) => isAnswer).map((piece) => piece.text)).toEqual(['Lima']);
  expect(tokensOf(run)).toBe(TOKENS);
  expect(answerText(TOKENS, 1, 2)).toBe('Anna May');
});

test('values are drawn to both sides of zero', () => {
  const bars = predictionBars(labelPredictions([-2, 1], ['a', 'b'], 'value'), true);
  expect(bars.map(({ text: name, share }) => [name, share])).toEqual([
    ['b', 0.5],
    ['a', -1],
  ]);
});

test('what was written is told from the prompt', () => {
  const run = { tokens: TOKENS, sourceTokens: null, facet: facetsOf({}) } as unknown as Run;
  const scores = {
    probability: Float32Array.of(NaN, 0.5, 1, 1, 1),
    surprisal: Float32Array.of(NaN, Math.log(2), 0, 0, 0),
    rank: Float32Array.of(NaN, 2, 1, 1, 1),
  };
  const pieces = piecesOf(run, { scores, labels: null, written: 3 }, [0, 5]);
  expect(pieces.map(({ isWritten }) => isWritten)).toEqual([false, false, false, true, true]);
  expect(pieces[1]).toMatchObject({
    shade: expect.closeTo(Math.log(2), 5) as number,
    about: '“Anna”: 0.69 nats, 50.0 %, rank 2',
  });
});

test.each([
  [1400, 'window', 5],
  [900, 'window', 3],
  [1900, 'presented', 3],
  [960, 'presented', 2],
  [640, 'presented', 1],
] as const)('a table of %d pixels in the %s has room for %d answers', (width, size, shown) => {
  expect(shownIn(width, size)).toBe(shown);
});
