import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../../../src/common/contract.ts';
import type { Config } from '../../../src/common/configs/config.ts';
import { findSpec } from '../../../src/common/configs/registry.ts';
import { spokenFor } from '../../../src/renderer/models/labels/head.ts';
import { must } from '../../helpers/must.ts';

function tensor(name: string, shape: readonly number[]): TensorInfo {
  return { name, shape: [...shape], dtype: 'F32', file: 'f', begin: 0, end: 4 };
}
const linear = (name: string, rows: number, columns = 8, bias = true) => [
  tensor(`${name}.weight`, [rows, columns]),
  ...(bias ? [tensor(`${name}.bias`, [rows])] : []),
];
const head = (type: string, config: Config, tensors: readonly TensorInfo[]) =>
  must(must(findSpec(type)).labels)({ hidden_size: 8, num_attention_heads: 2, ...config }, tensors);

describe('which head the files hold', () => {
  const pooled = [...linear('bert.pooler.dense', 8), ...linear('classifier', 3)];
  test.each([
    ['bert', {}, pooled, 'text', 'first'],
    ['bert', {}, linear('classifier', 3), 'tokens', null],
    // Taggers of older versions have a pooler.
    ['bert', { architectures: ['BertForTokenClassification'] }, pooled, 'tokens', null],
    ['bert', {}, linear('qa_outputs', 2), 'span', null],
    // A config that was copied from the model that was tuned.
    ['bert', { architectures: ['BertForMaskedLM'] }, pooled, 'text', 'first'],
    ['llama', {}, linear('score', 3, 8, false), 'text', 'last'],
    ['llama', {}, linear('score', 3), 'tokens', null],
    [
      'modernbert',
      { classifier_pooling: 'mean' },
      [...linear('head.dense', 8, 8, false), ...linear('classifier', 2)],
      'text',
      'mean',
    ],
    [
      'modernbert',
      { architectures: ['ModernBertForQuestionAnswering'] },
      [...linear('head.dense', 8, 8, false), ...linear('classifier', 2)],
      'span',
      null,
    ],
  ] as const)('%s %j', (type, config, tensors, labels, pooling) => {
    expect(head(type, config, tensors)).toMatchObject({ labels, pooling });
  });

  test.each([
    ['bert', { architectures: ['BertForMultipleChoice'] }, linear('classifier', 1)],
    [
      'bert',
      { architectures: ['BertForMaskedLM'] },
      [...pooled, ...linear('cls.predictions.transform.dense', 8)],
    ],
    ['gpt2', {}, [tensor('transformer.wte.weight', [5, 8])]],
  ])('%s %j has none', (type, config, tensors) => {
    expect(head(type, config, tensors)).toBeNull();
  });
});

test('names and problem types', () => {
  const of = (config: Config, rows: number) =>
    head('bert', config, [...linear('pooler.dense', 8), ...linear('classifier', rows)]);
  expect(of({}, 2)).toMatchObject({ names: ['LABEL_0', 'LABEL_1'], scoring: 'softmax' });
  expect(of({ id2label: { 1: 'b', 0: 'a' } }, 2)).toMatchObject({ names: ['a', 'b'] });
  expect(of({}, 1)).toMatchObject({ scoring: 'value' });
  expect(of({ problem_type: 'multi_label_classification' }, 3)).toMatchObject({ scoring: 'sigmoid' });
  expect(() => of({ id2label: { 0: 'a', 2: 'b' } }, 2)).toThrow('“id2label”');
  expect(() => of({ problem_type: 'ranking' }, 2)).toThrow('“problem_type”');
  // As many rows as there are labels.
  const spec = must(findSpec('bert'));
  const check = spec.check({ hidden_size: 8, num_attention_heads: 2, id2label: { 0: 'a', 1: 'b', 2: 'c' } }, [
    ...linear('bert.pooler.dense', 8),
    ...linear('classifier', 2),
  ]);
  expect(check.misshapen.map(({ actual }) => actual.name)).toContain('classifier.weight');
});

test.each([
  ['first', null, [5, 6, 7], 0],
  ['mean', null, [5, 6, 7], 'mean'],
  [null, null, [5, 6, 7], 'all'],
  ['last', null, [5, 0, 0], 2],
  ['last', 0, [5, 6, 0, 7, 0, 0], 3],
  ['last', 0, [0, 0], 0],
  ['end', 2, [5, 2, 6, 2, 1], 3],
] as const)('%s of %s in %j is %s', (pooling, marker, ids, spoken) => {
  const about = must(head('bert', {}, linear('qa_outputs', 2)));
  expect(spokenFor({ ...about, pooling, marker }, ids)).toBe(spoken);
});

test('a text without an end is refused where its end decides', () => {
  const about = must(head('bert', {}, linear('qa_outputs', 2)));
  expect(() => spokenFor({ ...about, pooling: 'end', marker: 2 }, [5, 6])).toThrow('The text has no token 2');
});
