import type { TensorInfo } from '../contract.ts';
import { activation, badField, flag, layerCount, positiveInteger, type Config } from './config.ts';
import {
  expect,
  expectLinear,
  expectMaskedHead,
  expectNorm,
  expectTokens,
  hasMaskedHead,
  refuseVariants,
  storedNames,
  type EncoderConfig,
  type MaskedHeadNames,
} from './encoder.ts';
import { expectLabelHead, findLabelHead, SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { LabelHead } from './labels.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

const PREFIXES = ['distilbert.'];

export const DISTILBERT_HEAD: MaskedHeadNames = {
  dense: 'vocab_transform',
  norm: 'vocab_layer_norm',
  decoder: 'vocab_projector',
  biases: ['vocab_projector.bias'],
};

/**
 * DistilBERT's config.json, checked; what is absent has Transformers' defaults.
 * @throws HeadgateError `bad-config`, `unknown-activation` or `unsupported-config` naming the field.
 */
export function parseDistilbertConfig(config: Config): EncoderConfig {
  refuseVariants(config, 'DistilBERT');
  const width = positiveInteger(config, ['dim', 'hidden_size'], 768);
  const heads = positiveInteger(config, ['n_heads', 'num_attention_heads'], 12);
  if (width % heads !== 0) throw badField('n_heads', heads, `a divisor of dim, which is ${width}`);
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], 30522),
    positions: positiveInteger(config, ['max_position_embeddings'], 512),
    width,
    layers: layerCount(config, ['n_layers', 'num_hidden_layers'], 6),
    heads,
    inner: positiveInteger(config, ['hidden_dim'], 3072),
    activation: activation(config, ['activation'], 'gelu'),
    epsilon: 1e-12,
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

/** Every tensor of the model, named as in a bare DistilBertModel; the head where the files have one. */
function expectedDistilbertTensors(config: EncoderConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { positions: P, width: D, inner: I, layers } = config;
  const layer = (l: number) => [
    ...['q_lin', 'k_lin', 'v_lin', 'out_lin'].flatMap((part) =>
      expectLinear(`transformer.layer.${l}.attention.${part}`, D, D),
    ),
    ...expectNorm(`transformer.layer.${l}.sa_layer_norm`, D),
    ...expectLinear(`transformer.layer.${l}.ffn.lin1`, I, D),
    ...expectLinear(`transformer.layer.${l}.ffn.lin2`, D, I),
    ...expectNorm(`transformer.layer.${l}.output_layer_norm`, D),
  ];
  return [
    ...expectTokens('embeddings.word_embeddings.weight', DISTILBERT_HEAD, config, D, tensors, PREFIXES),
    expect('embeddings.position_embeddings.weight', P, D),
    ...expectNorm('embeddings.LayerNorm', D),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...(hasMaskedHead(DISTILBERT_HEAD, storedNames(tensors, PREFIXES))
      ? expectMaskedHead(DISTILBERT_HEAD, config, D, tensors, PREFIXES)
      : []),
  ];
}

const LABELS = [
  textHead('first', ['pre_classifier', 'relu'], 'classifier'),
  tokenHead('classifier'),
  SPAN_HEAD,
];

function labels(config: Config, tensors: readonly TensorInfo[]): LabelHead | null {
  const writes = hasMaskedHead(DISTILBERT_HEAD, storedNames(tensors, PREFIXES));
  return findLabelHead(config, tensors, LABELS, { prefixes: PREFIXES, writes });
}

export const distilbertSpec: FamilySpec = {
  name: 'DistilBERT',
  modelTypes: ['distilbert'],
  pools: (config) => parseDistilbertConfig(config).width,
  labels,
  check(config, tensors) {
    const parsed = parseDistilbertConfig(config);
    const expected = [
      ...expectedDistilbertTensors(parsed, tensors),
      ...expectLabelHead(labels(config, tensors), parsed.width),
    ];
    return matchTensors(expected, tensors, {
      prefixes: PREFIXES,
      // Numbers of positions that older versions saved as a buffer.
      ignored: /^embeddings\.position_ids$/,
    });
  },
};
