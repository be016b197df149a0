import { expect, test } from 'vitest';
import type { ModelSummary } from '../../../src/common/contract.ts';
import { Comparison } from '../../../src/renderer/state/session/comparison.ts';

const model = (id: string, modelType: string) => ({ id, name: id, modelType }) as ModelSummary;
const models = [
  model('lstm', 'rnn-lm'),
  model('gru', 'rnn-lm'),
  model('tagger', 'rnn-tagger'),
  model('translator', 'seq2seq'),
  model('attention', 'seq2seq'),
  model('gpt', 'gpt2'),
  model('marian', 'marian'),
  model('words', 'word-vectors'),
  model('unknown', 'gpt5'),
];

test('models are compared with those that do the same: translators with translators', () => {
  const comparison = new Comparison({
    slots: { shelf: { models } },
    session: { runElsewhere: () => Promise.reject(new Error('nothing is run here')) },
  });
  const others = (id: string) => comparison.othersThan(id).map((other) => other.id);
  expect(others('lstm')).toEqual(['gru', 'tagger', 'gpt']);
  expect(others('translator')).toEqual(['attention', 'marian']);
  expect(others('gpt')).toEqual(['lstm', 'gru', 'tagger']);
  expect(others('a folder')).toEqual(['lstm', 'gru', 'tagger', 'gpt']);
});
