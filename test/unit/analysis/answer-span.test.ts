import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bestSpans, spanScores } from '../../../src/renderer/analysis/answer-span.ts';
import { divergenceOf, softmaxOf } from '../../../src/renderer/analysis/labels.ts';
import type { Token } from '../../../src/common/text/token.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import { must } from '../../helpers/must.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';

const word = (text: string, more: Partial<Token> = {}): Token => ({
  id: 0,
  text,
  span: [0, 1],
  special: false,
  ...more,
});
const special = (more: Partial<Token> = {}) => word('[S]', { span: null, special: true, ...more });
const PAIR = [
  special(),
  word('who'),
  special(),
  word('a', { ofPair: true }),
  word('b', { ofPair: true }),
  special(),
];

test('an answer is of the second text; the first token stands for none', () => {
  const start = [2, 9, 9, 1, 0, 9];
  const end = [1, 9, 9, 0, 3, 9];
  const scores = spanScores(start, end, PAIR, true);
  // Softmax over places 0, 3 and 4.
  const from = softmaxOf([2, 1, 0]);
  const to = softmaxOf([1, 0, 3]);
  expect([...scores.start]).toEqual([0, 0, 0, from[1], from[2], 0]);
  expect(scores.none).toBeCloseTo((from[0] ?? 0) * (to[0] ?? 0), 12);
  expect(bestSpans(scores, 1)).toEqual([{ from: 3, to: 4, probability: (from[1] ?? 0) * (to[2] ?? 0) }]);
  expect(bestSpans(scores, 9).map((span) => [span.from, span.to])).toEqual([
    [3, 4],
    [4, 4],
    [3, 3],
  ]);
  expect(spanScores(start, end, PAIR, false).none).toBeNull();
});

test('of one text every word may be in the answer; an answer does not end before it begins, nor is it too long', () => {
  const tokens = Array.from({ length: 20 }, () => word('w'));
  const start = tokens.map((_, t) => (t === 2 ? 20 : 0));
  const end = tokens.map((_, t) => (t === 0 ? 30 : t === 19 ? 20 : t === 5 ? 10 : 0));
  const [best] = bestSpans(spanScores(start, end, tokens, true), 1);
  expect(best).toMatchObject({ from: 2, to: 5 });
  expect(bestSpans(spanScores(start, end, tokens, true), 1, 30)[0]).toMatchObject({ from: 2, to: 19 });
});

test('a text of special tokens has no answer', () => {
  const scores = spanScores([1, 2], [3, 4], [special(), special()], false);
  expect([...scores.start, ...scores.end]).toEqual([0, 0, 0, 0]);
  expect(bestSpans(scores, 3)).toEqual([]);
});

test('divergence of labels', () => {
  expect(divergenceOf([1, 2, 3], [2, 3, 4])).toBeCloseTo(0, 12);
  expect(divergenceOf([0, 0], [0, Math.log(3)])).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 12);
});

const CLASSIFIERS = join(import.meta.dirname, '../../fixtures/classifiers');
interface Answers {
  readonly of_context: readonly boolean[];
  readonly special: readonly boolean[];
  readonly spans: readonly (readonly [from: number, to: number, probability: number])[];
  readonly none: number;
}
const answers = JSON.parse(readFileSync(join(CLASSIFIERS, 'spans.json'), 'utf8')) as Record<string, Answers>;

test.each(Object.entries(answers))('%s: the answers of Transformers’ pipeline', (name, expected) => {
  const file = (own: string) => readFileSync(join(CLASSIFIERS, name, own));
  const { tensors, metadata } = readSafetensors(file('reference.safetensors'));
  const core = new TokenizerCore({ 'tokenizer.json': file('tokenizer.json').toString() });
  const tokens = core.encode(must(metadata['text']), metadata['pair']);
  expect(tokens.map(({ special }) => special)).toEqual(expected.special);
  // Also of families whose tokens have no types.
  expect(tokens.map(({ ofPair = false, special }) => ofPair && !special)).toEqual(expected.of_context);
  const logits = (of: string) => must(tensors.get(`${of}_logits`)).data;
  const scores = spanScores(logits('start'), logits('end'), tokens, true);
  expect(scores.none).toBeCloseTo(expected.none, 6);
  const best = bestSpans(scores, expected.spans.length);
  expect(best.map(({ from, to }) => [from, to])).toEqual(expected.spans.map(([from, to]) => [from, to]));
  for (const [i, { probability }] of best.entries())
    expect(probability).toBeCloseTo(must(expected.spans[i])[2], 6);
});
