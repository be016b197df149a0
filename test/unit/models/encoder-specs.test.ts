import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { albertSpec, parseAlbertConfig } from '../../../src/common/configs/albert.ts';
import { bertSpec, parseBertConfig } from '../../../src/common/configs/bert.ts';
import { distilbertSpec, parseDistilbertConfig } from '../../../src/common/configs/distilbert.ts';
import { electraSpec, parseElectraConfig } from '../../../src/common/configs/electra.ts';
import { modernbertSpec, parseModernbertConfig } from '../../../src/common/configs/modernbert.ts';
import { mpnetSpec, parseMpnetConfig } from '../../../src/common/configs/mpnet.ts';
import { findSpec } from '../../../src/common/configs/registry.ts';
import { parseRobertaConfig, robertaSpec } from '../../../src/common/configs/roberta.ts';
import type { FamilySpec } from '../../../src/common/configs/spec.ts';

const SMALL = {
  vocab_size: 11,
  hidden_size: 8,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  intermediate_size: 6,
  max_position_embeddings: 5,
};

function tensor(name: string, shape: readonly number[]): TensorInfo {
  return { name, dtype: 'F32', shape: [...shape], file: 'f0', begin: 0, end: 4 };
}

/** The tensors that a spec misses in a folder with `hints`, and these. */
function filled(spec: FamilySpec, config: Record<string, unknown>, hints: readonly TensorInfo[] = []) {
  const { missing } = spec.check(config, hints);
  return [...missing.map(({ name, shape }) => tensor(name, shape)), ...hints];
}

function names(list: Iterable<{ readonly name: string }>): string[] {
  return [...list].map(({ name }) => name);
}

describe('configs', () => {
  test('what is absent has the defaults of Transformers', () => {
    expect(parseBertConfig({})).toMatchObject({ vocabulary: 30522, positions: 512, types: 2, width: 768 });
    expect(parseBertConfig({})).toMatchObject({ inner: 3072, activation: 'gelu_erf', epsilon: 1e-12 });
    expect(parseElectraConfig({})).toMatchObject({ embedding: 128, width: 256, heads: 4, inner: 1024 });
    expect(parseDistilbertConfig({})).toMatchObject({ layers: 6, inner: 3072, tied: true });
    expect(parseRobertaConfig({})).toMatchObject({ padding: 1, firstPosition: 2 });
    expect(parseMpnetConfig({})).toMatchObject({ vocabulary: 30527, distances: 32, firstPosition: 2 });
    expect(parseAlbertConfig({})).toMatchObject({ embedding: 128, groups: 1, activation: 'gelu_tanh' });
    const modern = parseModernbertConfig({});
    expect(modern).toMatchObject({ layers: 22, inner: 1152, headActivation: 'gelu_erf' });
    expect(modern.attention.slice(0, 4)).toEqual([
      { reach: null, rope: { kind: 'default', theta: 160_000 } },
      { reach: 64, rope: { kind: 'default', theta: 10_000 } },
      { reach: 64, rope: { kind: 'default', theta: 10_000 } },
      { reach: null, rope: { kind: 'default', theta: 160_000 } },
    ]);
  });

  test('ModernBERT’s layers by their kinds, with the angles of either version', () => {
    const kinds = { num_hidden_layers: 2, layer_types: ['sliding_attention', 'full_attention'] };
    const now = { full_attention: { rope_theta: 50 }, sliding_attention: { rope_theta: 7 } };
    const older = { global_rope_theta: 50, local_rope_theta: 7 };
    for (const angles of [{ rope_parameters: now }, older])
      expect(parseModernbertConfig({ ...kinds, ...angles, local_attention: 5 }).attention).toEqual([
        { reach: 2, rope: { kind: 'default', theta: 7 } },
        { reach: null, rope: { kind: 'default', theta: 50 } },
      ]);
  });

  test.each([
    [
      parseBertConfig,
      { hidden_size: 10 },
      'bad-config',
      '“num_attention_heads” is missing, and 12, which then stands for it',
    ],
    [
      parseBertConfig,
      { num_hidden_layers: 1e8 },
      'bad-config',
      '“num_hidden_layers” is 100000000; it must be at most 10000',
    ],
    [parseBertConfig, { hidden_act: 'mish' }, 'unknown-activation', '“hidden_act” is “mish”'],
    [parseBertConfig, { is_decoder: true }, 'unsupported-config', '“is_decoder” is true'],
    [
      parseBertConfig,
      { position_embedding_type: 'relative_key' },
      'unsupported-config',
      '“position_embedding_type” is "relative_key"; only absolute positions are run',
    ],
    [parseRobertaConfig, { pad_token_id: 600 }, 'bad-config', '“pad_token_id” is 600'],
    [parseDistilbertConfig, { n_heads: 7 }, 'bad-config', '“n_heads” is 7; it must be a divisor of dim'],
    [parseElectraConfig, { embedding_size: 0 }, 'bad-config', '“embedding_size” is 0'],
    [parseAlbertConfig, { inner_group_num: 2 }, 'unsupported-config', '“inner_group_num” is 2'],
    [parseAlbertConfig, { num_hidden_groups: 13 }, 'bad-config', 'at most num_hidden_layers, which is 12'],
    [parseMpnetConfig, { relative_attention_num_buckets: 8 }, 'bad-config', 'a whole number from 32 on'],
    [parseModernbertConfig, { layer_types: ['full_attention'] }, 'bad-config', 'a list of 22 words'],
    [
      parseModernbertConfig,
      { num_attention_heads: 256 },
      'bad-config',
      'an even number of the elements of a head',
    ],
    [
      parseModernbertConfig,
      { rope_parameters: { full_attention: { rope_type: 'spiral' } } },
      'unknown-rope-type',
      '“rope_parameters.rope_type” is “spiral”',
    ],
    [
      parseModernbertConfig,
      { rope_parameters: { full_attention: { rope_theta: 'x' } } },
      'bad-config',
      '“rope_parameters.rope_theta” is "x"; it must be a number above 0',
    ],
  ])('%o refuses %o', (parse, config, code, message) => {
    expect(() => parse(config)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(message),
        hint: expect.stringMatching(/\.$/),
      }),
    );
  });
});

describe('tensors', () => {
  const families = [
    {
      spec: bertSpec,
      types: ['bert'],
      prefix: 'bert.',
      config: SMALL,
      head: tensor('cls.predictions.bias', [11]),
      needed: 'cls.predictions.transform.dense.weight',
    },
    {
      spec: robertaSpec,
      types: ['roberta', 'xlm-roberta', 'camembert'],
      prefix: 'roberta.',
      config: SMALL,
      head: tensor('lm_head.bias', [11]),
      needed: 'lm_head.layer_norm.bias',
    },
    {
      spec: electraSpec,
      types: ['electra'],
      prefix: 'electra.',
      config: { ...SMALL, embedding_size: 4 },
      head: tensor('generator_lm_head.bias', [11]),
      needed: 'generator_predictions.dense.weight',
    },
    {
      spec: distilbertSpec,
      types: ['distilbert'],
      prefix: 'distilbert.',
      config: SMALL,
      head: tensor('vocab_projector.bias', [11]),
      needed: 'vocab_transform.bias',
    },
    {
      spec: mpnetSpec,
      types: ['mpnet'],
      prefix: 'mpnet.',
      config: SMALL,
      head: tensor('lm_head.bias', [11]),
      needed: 'lm_head.layer_norm.bias',
    },
    {
      spec: albertSpec,
      types: ['albert'],
      prefix: 'albert.',
      config: { ...SMALL, embedding_size: 4 },
      head: tensor('predictions.bias', [11]),
      needed: 'predictions.dense.weight',
    },
    {
      spec: modernbertSpec,
      types: ['modernbert'],
      prefix: 'model.',
      config: SMALL,
      head: tensor('decoder.bias', [11]),
      needed: 'head.norm.weight',
    },
  ];

  test.each(families)(
    'of $types with and without prefix and head',
    ({ spec, types, prefix, config, ...rest }) => {
      for (const type of types) expect(findSpec(type)).toBe(spec);
      const bare = filled(spec, config);
      expect(names(bare)).not.toContain(rest.needed);
      const prefixed = bare.map((info) => tensor(prefix + info.name, info.shape));
      for (const tensors of [bare, prefixed])
        expect(spec.check(config, tensors)).toMatchObject({ missing: [], misshapen: [], unexpected: [] });

      expect(names(spec.check(config, [...prefixed, rest.head]).missing)).toContain(rest.needed);
      const whole = filled(spec, config, [...prefixed, rest.head]);
      expect(spec.check(config, whole)).toMatchObject({ missing: [], misshapen: [], unexpected: [] });

      const untied = { ...config, tie_word_embeddings: false };
      expect(names(spec.check(untied, whole).missing)).toHaveLength(1);

      const classifier = tensor('classifier.weight', [2, 8]);
      expect(names(spec.check(config, [...bare, classifier]).unexpected)).toEqual(['classifier.weight']);
    },
  );

  test('older files have other names, and numbers that carry no weights', () => {
    const older = filled(bertSpec, SMALL).map(({ name, shape }) =>
      tensor(
        name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
        shape,
      ),
    );
    const check = bertSpec.check(SMALL, [...older, tensor('embeddings.position_ids', [1, 5])]);
    expect(check).toMatchObject({ missing: [], unexpected: [] });
    expect(check.found.get('embeddings.LayerNorm.weight')?.name).toBe('embeddings.LayerNorm.gamma');
  });

  test('the head of ModernBERT’s classifiers is no head over the vocabulary', () => {
    const tensors = filled(modernbertSpec, SMALL);
    const head = ['head.dense.weight', 'head.norm.weight', 'classifier.weight'].map((name) =>
      tensor(name, [8]),
    );
    const check = modernbertSpec.check(SMALL, [...tensors, ...head]);
    expect(check.missing).toEqual([]);
    expect(names(check.unexpected)).toEqual(names(head));
  });

  test('an ELECTRA has the projection and the discriminator’s head where they belong', () => {
    const hint = tensor('discriminator_predictions.dense.weight', [8, 8]);
    const missing = names(filled(electraSpec, { ...SMALL, embedding_size: 4 }, [hint]));
    expect(missing).toEqual(expect.arrayContaining(['embeddings_project.weight']));
    expect(missing).toEqual(expect.arrayContaining(['discriminator_predictions.dense_prediction.bias']));
    expect(names(filled(electraSpec, { ...SMALL, embedding_size: 8 }))).not.toContain(
      'embeddings_project.weight',
    );
  });
});
