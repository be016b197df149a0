import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ModelDetail, TensorInfo } from '../../../src/common/contract.ts';
import { recognise, whyNotRecognised } from '../../../src/common/configs/recognise.ts';
import { withRecognisedConfig } from '../../../src/common/configs/recognised.ts';
import { parseRecurrentConfig, recurrentSpec } from '../../../src/common/configs/recurrent.ts';
import { parseSeq2SeqConfig } from '../../../src/common/configs/seq2seq.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures');

function open(folder: string) {
  const { tensors } = readSafetensors(readFileSync(join(fixtures, folder, 'model.safetensors')));
  const config = JSON.parse(readFileSync(join(fixtures, folder, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  return { list: [...tensors].map(([name, { shape }]) => listed(name, shape)), config };
}

const listed = (name: string, shape: readonly number[]): TensorInfo => ({
  name,
  shape: [...shape],
  dtype: 'F32',
  file: 'f',
  begin: 0,
  end: 0,
});

/** What a file can't tell: how text becomes tokens, and how far a search goes. */
function comparable(config: Record<string, unknown>): unknown {
  const { source, target, ...rest } = parseSeq2SeqConfig(config);
  return {
    ...rest,
    max_target_length: null,
    source: { ...source, tokenizer: null },
    target: { ...target, tokenizer: null },
  };
}

describe('tutorials', () => {
  const padding: Record<string, unknown> = { 'bentrevett-3': null };
  const [own, known] = [true, false].map((isOwn) =>
    readdirSync(join(fixtures, 'seq2seq')).filter((name) => name.startsWith('own-') === isOwn),
  ) as [string[], string[]];

  test.each(known)('%s is recognised as what its config says', (name) => {
    const { list, config } = open(`seq2seq/${name}`);
    const found = recognise(list);
    const source = { ...(found?.config['source'] as object) };
    if (name in padding) Object.assign(source, { pad_token_id: padding[name] });
    expect(comparable({ ...found?.config, source })).toEqual(comparable(config));
    expect(found?.assumed.length).toBeGreaterThan(0);
    // The same file, saved from a wrapper.
    const wrapped = list.map((tensor) => ({ ...tensor, name: `model.${tensor.name}` }));
    expect(recognise(wrapped)?.config).toEqual(found?.config);
  });

  test.each(known)('%s with a layer that its shape has no place for is not recognised', (name) => {
    const { list } = open(`seq2seq/${name}`);
    expect(recognise([...list, listed('encoder.bridge.0.weight', [12, 12])])).toBeNull();
  });

  test.each(own)('%s is nobody’s shape', (name) => {
    expect(recognise(open(`seq2seq/${name}`).list)).toBeNull();
  });
});

describe('bare stacks', () => {
  const cases = readdirSync(join(fixtures, 'recurrent')).filter((name) => !name.startsWith('batch-'));
  test.each(cases)('%s: cell, sizes, layers and directions', (name) => {
    const { list, config } = open(`recurrent/${name}`);
    const found = recognise(list);
    const actual = parseRecurrentConfig(found?.config ?? {});
    const wanted = parseRecurrentConfig(config);
    const told = ({ prefix: _prefix, nonlinearity: _n, reset_gate: _r, ...rest }: typeof actual.rnn) => rest;
    expect(told(actual.rnn)).toEqual(told(wanted.rnn));
    expect(actual.embedding_size).toBe(wanted.embedding_size);
    expect(actual.vocab_size).toBe(wanted.vocab_size);
    if (wanted.model_type === 'rnn-lm') expect(actual.model_type).toBe('rnn-lm');
  });

  test('a recognised config finds all of its tensors', () => {
    const { list } = open('recurrent/lstm-projection');
    const check = recurrentSpec.check(recognise(list)?.config ?? {}, list);
    expect([check.missing, check.misshapen, check.unexpected]).toEqual([[], [], []]);
  });

  test.each([
    ['nothing', []],
    ['a Transformer', [listed('h.0.attn.c_attn.weight', [8, 24])]],
    ['a stack without a head', [listed('weight_ih_l0', [12, 4]), listed('weight_hh_l0', [12, 4])]],
  ])('%s is not recognised', (_name, tensors) => {
    expect(recognise(tensors)).toBeNull();
  });
});

describe('one stack and what stands around it', () => {
  const lstm = (prefix: string, inputs: number, units: number): [string, number[]][] => [
    [`${prefix}weight_ih_l0`, [4 * units, inputs]],
    [`${prefix}weight_hh_l0`, [4 * units, units]],
    [`${prefix}bias_ih_l0`, [4 * units]],
    [`${prefix}bias_hh_l0`, [4 * units]],
  ];
  const all = (...entries: [string, number[]][]) => entries.map(([name, shape]) => listed(name, shape));

  test('a Sequential has its table before its recurrent layer', () => {
    const found = recognise(
      all(['0.weight', [20, 8]], ...lstm('1.', 8, 12), ['2.weight', [3, 12]], ['2.bias', [3]]),
    );
    expect(found?.config).toMatchObject({
      ...{ model_type: 'rnn-classifier', vocab_size: 20, embedding_size: 8 },
      tensor_names: { 'embedding.weight': '0.weight', 'linear.weight': '2.weight' },
    });
  });

  test('what belongs to the training is left aside, and said', () => {
    const model = [
      ...all(['embedding.weight', [20, 8]], ...lstm('lstm.', 8, 12), ['fc.weight', [3, 12]]),
      ...all(['criterion.weight', [3]], ['val_accuracy.total', []]),
    ];
    const found = recognise(model);
    expect(found?.config).toMatchObject({ unused_tensors: ['criterion.weight', 'val_accuracy.total'] });
    expect(found?.assumed).toContain(
      'What belongs to the training is left aside: criterion.weight, val_accuracy.total.',
    );
    expect(recognise([...model, listed('bridge.weight', [5])])).toBeNull();
  });

  test.each([
    ['norm', true],
    ['net.layer_norm', true],
    ['ln', true],
    // These stand elsewhere, or are of another width.
    ['embedding_norm', false],
    ['ln2', false],
  ])('a LayerNorm behind the layers, by the name %s: %s', (name, isKnown) => {
    const tensors = all(
      ...([['embedding.weight', [20, 8]], ...lstm('lstm.', 8, 12)] as [string, number[]][]),
      ...([
        [`${name}.weight`, [12]],
        [`${name}.bias`, [12]],
      ] as [string, number[]][]),
      ...([
        ['fc.weight', [20, 12]],
        ['fc.bias', [20]],
      ] as [string, number[]][]),
    );
    const config = recognise(tensors)?.config ?? null;
    expect(config !== null && 'layer_norm' in config).toBe(isKnown);
    if (isKnown && config !== null) expect(() => recurrentSpec.check(config, tensors)).not.toThrow();
  });

  test('a BatchNorm is no LayerNorm', () => {
    const tensors = all(
      ...([['embedding.weight', [20, 8]], ...lstm('lstm.', 8, 12)] as [string, number[]][]),
      ...(['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`norm.${part}`, [12]]) as [
        string,
        number[],
      ][]),
      ...([
        ['fc.weight', [20, 12]],
        ['fc.bias', [20]],
      ] as [string, number[]][]),
    );
    expect(recognise(tensors)).toBeNull();
  });

  test('one number at a step is no text', () => {
    const series = all(...lstm('lstm.', 1, 50), ['linear.weight', [1, 50]], ['linear.bias', [1]]);
    expect(recognise(series)).toBeNull();
    expect(whyNotRecognised(series)).toContain('reads one number at a step');
  });
});

describe('a model without a model_type', () => {
  const detail = (config: Record<string, unknown> | null, modelType: string | null): ModelDetail => ({
    id: 'm',
    name: 'm',
    source: 'opened',
    modelType,
    bytes: 0,
    format: 'safetensors',
    config,
    files: [],
    tensors: open('recurrent/gru').list,
    tokenizer: {},
    card: null,
    metadata: {},
    notes: [],
  });

  test('gets the config of its shape, and its own fields correct it', () => {
    const { model, recognised } = withRecognisedConfig(
      detail({ vocab_size: 19, tokenizer: { kind: 'words' } }, null),
    );
    expect(model.modelType).toBe('rnn-lm');
    expect(model.config).toMatchObject({ model_type: 'rnn-lm', tokenizer: { kind: 'words' } });
    expect(recognised?.what).toBe('a GRU language model');
  });

  test('one with a model_type stays as it is', () => {
    const given = detail({ model_type: 'gpt2' }, 'gpt2');
    expect(withRecognisedConfig(given)).toEqual({ model: given, recognised: null });
  });
});
