import type { TensorInfo } from '../contract.ts';
import {
  activation,
  badField,
  flag,
  layerCount,
  nonNegative,
  positiveInteger,
  type ActivationName,
  type Config,
} from './config.ts';
import { refuseClassifier } from './heads.ts';
import { expectLabelHead, findLabelHead, SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { LabelHead } from './labels.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec, StartRules } from './spec.ts';
import { sharedTables } from './tables.ts';

/** T5's config.json, checked; what is absent has Transformers' defaults. */
export interface T5Config {
  /** `V` */
  readonly vocabulary: number;
  /** `D` */
  readonly width: number;
  /** `H`, of every attention */
  readonly heads: number;
  /** `d`: H·d need not be D. */
  readonly headWidth: number;
  /** Width of the feed-forward part. */
  readonly inner: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  /** Rows of the table of relative positions. */
  readonly buckets: number;
  /** All distances from here on have one bucket. */
  readonly maxDistance: number;
  readonly activation: ActivationName;
  /** act(W₀x) ⊙ W₁x instead of act(Wx). */
  readonly gated: boolean;
  readonly epsilon: number;
  /** The output projection is the token table where the files have no other. */
  readonly tied: boolean;
  /** The last state is multiplied by 1/√D before the head (not in version 1.1). */
  readonly scaledHead: boolean;
}

/** @throws HeadgateError `bad-config` or `unknown-activation` naming the field. */
export function parseT5Config(config: Config): T5Config {
  const encoderLayers = layerCount(config, ['num_layers', 'num_hidden_layers'], 6);
  const { gated, name: proj } = feedForward(config);
  const named = activation({ feed_forward_proj: proj }, ['feed_forward_proj'], 'relu');
  const buckets = positiveInteger(config, ['relative_attention_num_buckets'], 32);
  if (buckets % 2 !== 0)
    throw badField(
      'relative_attention_num_buckets',
      buckets,
      'an even number: half of them for each direction',
    );
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], 32128),
    width: positiveInteger(config, ['d_model', 'hidden_size'], 512),
    heads: positiveInteger(config, ['num_heads', 'num_attention_heads'], 8),
    headWidth: positiveInteger(config, ['d_kv', 'head_dim'], 64),
    inner: positiveInteger(config, ['d_ff'], 2048),
    encoderLayers,
    decoderLayers: layerCount(config, ['num_decoder_layers'], encoderLayers),
    buckets,
    maxDistance: positiveInteger(config, ['relative_attention_max_distance'], 128),
    activation:
      typeof config['dense_act_fn'] === 'string' ? activation(config, ['dense_act_fn'], proj) : named,
    gated,
    epsilon: nonNegative(config, ['layer_norm_epsilon'], 1e-6),
    tied: config['tie_word_embeddings'] !== false,
    scaledHead: flag(config, ['scale_decoder_outputs'], config['tie_word_embeddings'] !== false),
  };
}

/** What `feed_forward_proj` names: `relu`, `gated-silu`, …; `gated-gelu` means the tanh approximation. */
function feedForward(config: Config): { readonly gated: boolean; readonly name: string } {
  const given = config['feed_forward_proj'] ?? 'relu';
  const parts = typeof given === 'string' ? given.split('-') : [];
  if (parts.length === 0 || parts.length > 2 || (parts.length === 2 && parts[0] !== 'gated'))
    throw badField('feed_forward_proj', given, 'an activation function, or “gated-” and one');
  const gated = parts.length === 2;
  return { gated, name: given === 'gated-gelu' ? 'gelu_new' : (parts.at(-1) ?? '') };
}

const PREFIXES = ['model.', 'transformer.'];

/** Names that the token table may have; the first is where Transformers keeps it. */
export const T5_TABLES = ['shared.weight', 'encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'];

export const T5_HEAD = 'lm_head.weight';

/** Every tensor of the model, named as in T5Model. @param isEncoder there is no decoder */
function expectedT5Tensors(
  config: T5Config,
  tensors: readonly TensorInfo[],
  isEncoder: boolean,
): ExpectedTensor[] {
  const { vocabulary: V, width: D, heads: H, headWidth: d, inner: I, buckets, gated } = config;
  const expect = (name: string, ...shape: number[]): ExpectedTensor => ({ name, shape, optional: false });
  const attention = (name: string) => [
    ...['q', 'k', 'v'].map((part) => expect(`${name}.${part}.weight`, H * d, D)),
    expect(`${name}.o.weight`, D, H * d),
  ];
  const feedForward = (name: string) => [
    ...(gated ? ['wi_0', 'wi_1'] : ['wi']).map((part) => expect(`${name}.${part}.weight`, I, D)),
    expect(`${name}.wo.weight`, D, I),
  ];
  const stack = (side: 'encoder' | 'decoder', layers: number) => {
    const block = (l: number, part: number) => `${side}.block.${l}.layer.${part}`;
    const last = side === 'decoder' ? 2 : 1;
    return [
      expect(`${block(0, 0)}.SelfAttention.relative_attention_bias.weight`, buckets, H),
      ...Array.from({ length: layers }, (_, l) => [
        ...attention(`${block(l, 0)}.SelfAttention`),
        expect(`${block(l, 0)}.layer_norm.weight`, D),
        ...(side === 'decoder'
          ? [...attention(`${block(l, 1)}.EncDecAttention`), expect(`${block(l, 1)}.layer_norm.weight`, D)]
          : []),
        ...feedForward(`${block(l, last)}.DenseReluDense`),
        expect(`${block(l, last)}.layer_norm.weight`, D),
      ]).flat(),
      expect(`${side}.final_layer_norm.weight`, D),
    ];
  };
  return [
    ...sharedTables(config.tied ? [...T5_TABLES, T5_HEAD] : T5_TABLES, [V, D], tensors, PREFIXES),
    ...stack('encoder', config.encoderLayers),
    ...(isEncoder ? [] : stack('decoder', config.decoderLayers)),
    ...(config.tied ? [] : [{ name: T5_HEAD, shape: [V, D], optional: true }]),
  ];
}

/** What Transformers takes for granted of writing where no file says it. */
export const T5_START: StartRules = {
  defaults: { eos_token_id: 1 },
  outputs: (config) => parseT5Config(config).vocabulary,
};

const LABELS = [
  textHead('end', ['classification_head.dense', 'tanh'], 'classification_head.out_proj'),
  tokenHead('classifier'),
  SPAN_HEAD,
];

function labels(config: Config, tensors: readonly TensorInfo[]): LabelHead | null {
  return findLabelHead(config, tensors, LABELS, { prefixes: PREFIXES, defaults: { end: 1 } });
}

/** Tags are read from the encoder's states; there is no decoder then. */
export function isEncoderAlone(head: LabelHead | null): boolean {
  return head?.labels === 'tokens';
}

export const t5Spec: FamilySpec = {
  name: 'T5',
  modelTypes: ['t5'],
  generation: { start: T5_START },
  labels,
  check(config, tensors) {
    const head = labels(config, tensors);
    if (head === null) refuseClassifier(tensors);
    const parsed = parseT5Config(config);
    const expected = [
      ...expectedT5Tensors(parsed, tensors, isEncoderAlone(head)),
      ...expectLabelHead(head, parsed.width),
    ];
    return matchTensors(expected, tensors, {
      prefixes: PREFIXES,
      // Some files have a table for the cross-attention, which has no relative positions.
      ignored: /^decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/,
    });
  },
};
