import type { TensorInfo } from '../contract.ts';
import {
  activation,
  badField,
  flag,
  layerCount,
  nonNegative,
  positiveInteger,
  requireDivisor,
  type ActivationName,
  type Config,
} from './config.ts';
import { expectTokens, storedNames, type EncoderConfig, type MaskedHeadNames } from './encoder.ts';
import { encoderSpec } from './encoder-spec.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import type { LabelHeadPlace } from './labels.ts';
import { parseLayerRope, type LayerKind } from './layer-rope.ts';
import type { Rope } from './rope.ts';
import type { ExpectedTensor } from './spec.ts';

const PREFIXES = ['model.'];

export const MODERNBERT_HEAD: MaskedHeadNames = {
  dense: 'head.dense',
  norm: 'head.norm',
  decoder: 'decoder',
  biases: ['decoder.bias'],
};

const FULL: LayerKind = {
  ...{ type: 'full_attention', theta: 'global_rope_theta', otherwise: 160_000, isScaled: true },
};
const NEAR: LayerKind = {
  ...{ type: 'sliding_attention', theta: 'local_rope_theta', otherwise: 10_000, isScaled: true },
};

/** How one layer looks at the text. */
interface ModernbertAttention {
  /** Most tokens that it looks away on either side; null: all of the text. */
  readonly reach: number | null;
  readonly rope: Rope;
}

/** ModernBERT's config.json, checked; what is absent has Transformers' defaults. */
export interface ModernbertConfig extends EncoderConfig {
  readonly attention: readonly ModernbertAttention[];
  readonly headActivation: ActivationName;
  readonly biases: {
    readonly norm: boolean;
    readonly attention: boolean;
    readonly feedForward: boolean;
    readonly headDense: boolean;
    readonly decoder: boolean;
  };
}

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type` naming the field. */
export function parseModernbertConfig(config: Config): ModernbertConfig {
  const width = positiveInteger(config, ['hidden_size'], 768);
  const heads = positiveInteger(config, ['num_attention_heads'], 12);
  requireDivisor(config, ['num_attention_heads'], heads, 'hidden_size', width);
  const layers = layerCount(config, ['num_hidden_layers'], 22);
  const reach = Math.floor(positiveInteger(config, ['local_attention'], 128) / 2);
  const sizes = {
    positions: positiveInteger(config, ['max_position_embeddings'], 8192),
    headWidth: width / heads,
  };
  const full = parseLayerRope(config, FULL, sizes);
  const near = parseLayerRope(config, NEAR, sizes);
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], 50368),
    positions: Math.min(full.positions, near.positions),
    width,
    layers,
    heads,
    inner: positiveInteger(config, ['intermediate_size'], 1152),
    activation: activation(config, ['hidden_activation'], 'gelu'),
    headActivation: activation(config, ['classifier_activation'], 'gelu'),
    epsilon: nonNegative(config, ['norm_eps'], 1e-5),
    tied: flag(config, ['tie_word_embeddings'], true),
    attention: layerTypes(config, layers).map((type) =>
      type === 'full_attention' ? { reach: null, rope: full.rope } : { reach, rope: near.rope },
    ),
    biases: {
      norm: flag(config, ['norm_bias'], false),
      attention: flag(config, ['attention_bias'], false),
      feedForward: flag(config, ['mlp_bias'], false),
      headDense: flag(config, ['classifier_bias'], false),
      decoder: flag(config, ['decoder_bias'], true),
    },
  };
}

/** `layer_types`, or every n-th layer looking at all of the text. */
function layerTypes(config: Config, layers: number): readonly string[] {
  const given = config['layer_types'] ?? null;
  if (given === null) {
    const every = positiveInteger(config, ['global_attn_every_n_layers'], 3);
    return Array.from({ length: layers }, (_, l) =>
      l % every === 0 ? 'full_attention' : 'sliding_attention',
    );
  }
  const isType = (type: unknown) => type === 'full_attention' || type === 'sliding_attention';
  if (Array.isArray(given) && given.length === layers && given.every(isType)) return given as string[];
  throw badField('layer_types', given, `a list of ${layers} words, each full_attention or sliding_attention`);
}

/** Every tensor of the model, named as in a bare ModernBertModel; the head where the files have one. */
function expectedModernbertTensors(
  config: ModernbertConfig,
  tensors: readonly TensorInfo[],
): ExpectedTensor[] {
  const { vocabulary: V, width: D, inner: I, layers, biases } = config;
  const norm = (name: string) => expectNorm(name, D, biases.norm);
  const layer = (l: number) => [
    // The embeddings are normed already.
    ...(l === 0 ? [] : norm(`layers.${l}.attn_norm`)),
    ...expectLinear(`layers.${l}.attn.Wqkv`, 3 * D, D, biases.attention),
    ...expectLinear(`layers.${l}.attn.Wo`, D, D, biases.attention),
    ...norm(`layers.${l}.mlp_norm`),
    ...expectLinear(`layers.${l}.mlp.Wi`, 2 * I, D, biases.feedForward),
    ...expectLinear(`layers.${l}.mlp.Wo`, D, I, biases.feedForward),
  ];
  return [
    ...expectTokens('embeddings.tok_embeddings.weight', MODERNBERT_HEAD, config, D, tensors, PREFIXES),
    ...norm('embeddings.norm'),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...norm('final_norm'),
    ...(hasMaskedHead(storedNames(tensors, PREFIXES))
      ? [
          ...expectLinear(MODERNBERT_HEAD.dense, D, D, biases.headDense),
          ...norm(MODERNBERT_HEAD.norm),
          ...(config.tied ? [] : [expect(`${MODERNBERT_HEAD.decoder}.weight`, V, D)]),
          ...(biases.decoder ? [expect(`${MODERNBERT_HEAD.decoder}.bias`, V)] : []),
        ]
      : []),
  ];
}

/** Classifiers have the first half of the head too. */
export function hasMaskedHead(stored: ReadonlySet<string>): boolean {
  if (stored.has('decoder.weight') || stored.has('decoder.bias')) return true;
  return stored.has('head.dense.weight') && !stored.has('classifier.weight');
}

/** Its classifiers share the masked-language head's first half: which one it is, only `architectures` tells. */
function labelPlaces(config: Config): readonly LabelHeadPlace[] {
  const { headActivation: activation, biases, epsilon } = parseModernbertConfig(config);
  const { dense, norm } = MODERNBERT_HEAD;
  const shared = {
    dense: {
      ...{ name: dense, bias: biases.headDense, activation },
      norm: { name: norm, bias: biases.norm, epsilon },
    },
    ...{ out: 'classifier', bias: true },
  };
  return [
    { ...shared, labels: 'text', pooling: pooling(config) },
    { ...shared, labels: 'tokens', pooling: null },
    { ...shared, labels: 'span', pooling: null },
  ];
}

function pooling(config: Config): 'first' | 'mean' {
  const given = config['classifier_pooling'] ?? 'cls';
  if (given === 'cls') return 'first';
  if (given === 'mean') return 'mean';
  throw badField('classifier_pooling', given, '“cls” or “mean”');
}

export const modernbertSpec = encoderSpec({
  name: 'ModernBERT',
  modelTypes: ['modernbert'],
  prefixes: PREFIXES,
  head: MODERNBERT_HEAD,
  parse: parseModernbertConfig,
  expected: expectedModernbertTensors,
  writes: hasMaskedHead,
  labels: labelPlaces,
  ignored: /(?!)/,
});
