import { expect, test } from 'vitest';
import { scoringOf } from '../../../src/common/configs/labels.ts';
import { parseRecurrentConfig } from '../../../src/common/configs/recurrent.ts';
import { labelPredictions } from '../../../src/renderer/analysis/labels.ts';

const CLASSIFIER = {
  ...{ model_type: 'rnn-classifier', vocab_size: 5, embedding_size: 4, pooling: 'last' },
  rnn: { cell: 'gru', hidden_size: 3 },
};

test.each([
  [{}, 1, 'sigmoid'],
  [{}, 3, 'softmax'],
  [{ problem_type: null }, 3, 'softmax'],
  [{ problem_type: 'multi_label_classification' }, 3, 'sigmoid'],
  [{ problem_type: 'multi_label_classification' }, 1, 'sigmoid'],
  [{ problem_type: 'single_label_classification' }, 2, 'softmax'],
  [{ problem_type: 'regression' }, 1, 'value'],
])('%j with %i labels is a %s', (config, count, scoring) => {
  const labels = Array.from({ length: count }, (_, k) => `label ${k}`);
  expect(parseRecurrentConfig({ ...CLASSIFIER, labels, ...config }).scoring).toBe(scoring);
});

test.each([
  [{ problem_type: 'ranking' }, 2, '“problem_type” is "ranking"'],
  [{ problem_type: 3 }, 2, '“problem_type” is 3'],
  [{ problem_type: 'single_label_classification' }, 1, 'a softmax over one output is always 1'],
])('%j with %i labels is refused', (config, count, message) => {
  expect(() => scoringOf(config, count, 'sigmoid')).toThrow(message);
});

test('scores of labels, the highest first', () => {
  const of = (logits: number[], scoring: 'softmax' | 'sigmoid' | 'value') =>
    labelPredictions(logits, ['a', 'b'], scoring).map(({ token, probability }) => [
      token.text,
      Number(probability.toFixed(4)),
    ]);
  expect(of([0, Math.log(3)], 'softmax')).toEqual([
    ['b', 0.75],
    ['a', 0.25],
  ]);
  expect(of([1000, 0], 'softmax')[0]).toEqual(['a', 1]);
  expect(of([0, 2], 'sigmoid')).toEqual([
    ['b', 0.8808],
    ['a', 0.5],
  ]);
  expect(of([-1.5, -2], 'value')).toEqual([
    ['a', -1.5],
    ['b', -2],
  ]);
});
