import { describe, expect, test } from 'vitest';
import { requireTensors } from '../../../src/common/configs/match.ts';
import {
  parseRecurrentConfig,
  recurrentSpec,
  recurrentTensors,
} from '../../../src/common/configs/recurrent.ts';
import { parseSeq2SeqConfig } from '../../../src/common/configs/seq2seq.ts';

const lm = (changes: Record<string, unknown> = {}, rnn: Record<string, unknown> = {}) => ({
  model_type: 'rnn-lm',
  vocab_size: 11,
  embedding_size: 4,
  rnn: { cell: 'lstm', hidden_size: 6, ...rnn },
  ...changes,
});

const seq = (changes: Record<string, unknown> = {}) => ({
  model_type: 'seq2seq',
  source: { vocab_size: 9, embedding_size: 4 },
  target: { vocab_size: 8, embedding_size: 4, start_token_id: 0, end_token_id: 1 },
  encoder: { cell: 'gru', hidden_size: 6 },
  bridge: { kind: 'copy' },
  decoder: { cell: 'gru', hidden_size: 6, input: ['embedding'] },
  attention: { kind: 'dot', query: 'current' },
  attentional: { order: '[h;c]' },
  output: { input: ['attentional'] },
  ...changes,
});

test('what is left out has its default', () => {
  expect(parseRecurrentConfig(lm()).rnn).toMatchObject({
    num_layers: 1,
    bidirectional: false,
    layout: 'pytorch',
  });
  expect(parseSeq2SeqConfig(seq()).max_target_length).toBe(100);
});

describe('a bad field is named', () => {
  test.each<[string, Record<string, unknown>]>([
    ['vocab_size', lm({ vocab_size: 0 })],
    ['vocab_size', lm({ vocab_size: '11' })],
    ['embedding_size', lm({ embedding_size: undefined })],
    ['rnn.cell', lm({}, { cell: 'sru' })],
    ['rnn.hiden_size', lm({}, { hiden_size: 6 })],
    ['rnn.bidirectional', lm({}, { bidirectional: true })],
    ['rnn.recurrent_activation', lm({}, { cell: 'rnn', recurrent_activation: 'hard_sigmoid' })],
    ['rnn.recurrent_activation', lm({}, { recurrent_activation: 'swish' })],
    ['rnn.projection_size', lm({}, { projection_size: 6 })],
    ['rnn.projection_size', lm({}, { cell: 'gru', projection_size: 3 })],
    ['rnn.projection_size', lm({}, { projection_size: 3, layout: 'keras' })],
    ['labels', lm({ model_type: 'rnn-tagger' })],
    ['pooling', lm({ model_type: 'rnn-classifier', labels: ['a', 'b'] })],
    ['pooling', lm({ pooling: 'last' })],
    ['tie_embeddings', lm({ tie_embeddings: true })],
    ['embedding_size', lm({ embedding_size: 'one-hot', vocab_size: 100_000 })],
    ['tokenizer.kind', lm({ tokenizer: { kind: 'guess' } })],
  ])('%s', (field, config) => {
    expect(() => parseRecurrentConfig(config)).toThrow(`“${field}”`);
  });

  test.each<[string, Record<string, unknown>]>([
    ['attentional.order', seq({ attentional: {} })],
    ['attentional.order', seq({ attentional: { order: 'h, c' } })],
    ['decoder.input', seq({ decoder: { cell: 'gru', hidden_size: 6 } })],
    ['output.input', seq({ output: {} })],
    ['decoder.input', seq({ decoder: { cell: 'gru', hidden_size: 6, input: ['embedding', 'context'] } })],
    ['attention', seq({ attention: null })],
    [
      'attention.kind',
      seq({ encoder: { cell: 'gru', hidden_size: 6, bidirectional: true }, bridge: { kind: 'sum' } }),
    ],
    ['bridge.kind', seq({ bridge: { kind: 'concat' } })],
    [
      'bridge.kind',
      seq({ encoder: { cell: 'gru', hidden_size: 5 }, attention: { kind: 'general', query: 'current' } }),
    ],
    ['bridge.kind', seq({ decoder: { cell: 'lstm', hidden_size: 6, input: ['embedding'] } })],
    [
      'decoder.bidirectional',
      seq({ decoder: { cell: 'gru', hidden_size: 6, bidirectional: true, input: ['embedding'] } }),
    ],
    [
      'target.end_token_id',
      seq({ target: { vocab_size: 8, embedding_size: 4, start_token_id: 0, end_token_id: 8 } }),
    ],
    ['share_embeddings', seq({ share_embeddings: true })],
  ])('%s', (field, config) => {
    expect(() => parseSeq2SeqConfig(config)).toThrow(`“${field}”`);
  });

  test('an order that is left out gets a sentence of its own', () => {
    expect(() => parseSeq2SeqConfig(seq({ attentional: {} }))).toThrow(/can’t be guessed/);
  });
});

describe('tensors', () => {
  const listed = (config: Record<string, unknown>) =>
    recurrentTensors(parseRecurrentConfig(config)).all.map(({ name, shape }) => ({
      name,
      shape: [...shape],
      dtype: 'F32' as const,
      file: 'f',
      begin: 0,
      end: 0,
    }));
  const tagger = lm({ model_type: 'rnn-tagger', labels: ['a', 'b'] }, { bidirectional: true, num_layers: 2 });

  test('missing reverse weights are named', () => {
    const tensors = listed(tagger).filter(({ name }) => !name.includes('_reverse'));
    expect(() => requireTensors('m', recurrentSpec.check(tagger, tensors))).toThrow(
      /rnn\.weight_ih_l0_reverse.*7 others/,
    );
  });

  test('other sizes and other layers are named', () => {
    const check = (config: Record<string, unknown>) => () =>
      requireTensors('m', recurrentSpec.check(config, listed(lm())));
    expect(check(lm({}, { hidden_size: 7 }))).toThrow(/rnn\.weight_ih_l0” is \[24, 4\].*must be \[28, 4\]/);
    expect(check(lm({}, { num_layers: 2 }))).toThrow(/rnn\.weight_ih_l1/);
    expect(check(lm())).not.toThrow();
  });

  test('layers, directions and biases that the config does not have are named', () => {
    const against = (given: Record<string, unknown>, config: Record<string, unknown>) => () =>
      requireTensors('m', recurrentSpec.check(config, listed(given)));
    expect(against(lm({}, { num_layers: 2 }), lm())).toThrow(
      /rnn\.weight_ih_l1” \[24, 6\].*no place.*3 others/,
    );
    const both = lm({ model_type: 'rnn-tagger', labels: ['a', 'b'] }, { bidirectional: true });
    const forward = lm({ model_type: 'rnn-tagger', labels: ['a', 'b'], tensor_names: {} });
    const reverse = listed(both).filter(({ name }) => name.includes('_reverse'));
    expect(() => requireTensors('m', recurrentSpec.check(forward, [...reverse, ...listed(forward)]))).toThrow(
      /rnn\.weight_ih_l0_reverse.*3 others/,
    );
    expect(against(lm(), lm({}, { bias: false }))).toThrow(/rnn\.bias_ih_l0.*another one/);
    expect(against(lm({}, { layout: 'onnx', num_layers: 2 }), lm({}, { layout: 'onnx' }))).toThrow(
      /rnn\.1\.W/,
    );
  });

  test('names of the files, and names that lead nowhere', () => {
    const config = lm({ tensor_names: { 'embedding.weight': 'encoder.weight' } });
    const tensors = listed(lm()).map((tensor) =>
      tensor.name === 'embedding.weight' ? { ...tensor, name: 'encoder.weight' } : tensor,
    );
    expect(recurrentSpec.check(config, tensors).found.get('embedding.weight')?.name).toBe('encoder.weight');
    expect(() => recurrentSpec.check(lm({ tensor_names: { 'embeding.weight': 'x' } }), tensors)).toThrow(
      'tensor_names.embeding.weight',
    );
  });
});
