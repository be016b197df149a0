import type { TensorInfo } from '../contract.ts';
import { parseBertConfig, type BertConfig } from './bert.ts';
import { badField, type Config } from './config.ts';
import {
  expect,
  expectLinear,
  expectMaskedHead,
  expectNorm,
  expectTokens,
  hasMaskedHead,
  storedNames,
  type MaskedHeadNames,
} from './encoder.ts';
import { expectLabelHead, findLabelHead, SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { LabelHead } from './labels.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

const PREFIXES = ['mpnet.'];

export const MPNET_HEAD: MaskedHeadNames = {
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  decoder: 'lm_head.decoder',
  biases: ['lm_head.decoder.bias', 'lm_head.bias'],
};

/** Transformers counts positions from this token on, whatever `pad_token_id` says. */
export const MPNET_PADDING = 1;
/** Transformers divides distances into so many buckets, whatever the size of the table. */
export const MPNET_BUCKETS = 32;

/** MPNet's config.json, checked; `firstPosition` is one above its padding token. */
export interface MpnetConfig extends BertConfig {
  /** Rows of the table of distances. */
  readonly distances: number;
}

const DEFAULTS = { vocab_size: 30527 };

/** @throws as `parseBertConfig`; `bad-config` where there are fewer rows of distances than are read. */
export function parseMpnetConfig(config: Config): MpnetConfig {
  const bert = parseBertConfig(config, { name: 'MPNet' }, DEFAULTS);
  const distances = config['relative_attention_num_buckets'] ?? MPNET_BUCKETS;
  if (typeof distances !== 'number' || !Number.isInteger(distances) || distances < MPNET_BUCKETS)
    throw badField(
      'relative_attention_num_buckets',
      distances,
      `a whole number from ${MPNET_BUCKETS} on: so many are read`,
    );
  const firstPosition = MPNET_PADDING + 1;
  if (bert.positions <= firstPosition)
    throw badField('max_position_embeddings', bert.positions, `above ${firstPosition}`);
  return { ...bert, firstPosition, distances };
}

/** Every tensor of the model, named as in a bare MPNetModel; the pooler and the head where the files have them. */
function expectedMpnetTensors(config: MpnetConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { positions: P, width: D, inner: I, layers, heads: H, distances } = config;
  const stored = storedNames(tensors, PREFIXES);
  const layer = (l: number) => [
    ...['q', 'k', 'v', 'o'].flatMap((part) =>
      expectLinear(`encoder.layer.${l}.attention.attn.${part}`, D, D),
    ),
    ...expectNorm(`encoder.layer.${l}.attention.LayerNorm`, D),
    ...expectLinear(`encoder.layer.${l}.intermediate.dense`, I, D),
    ...expectLinear(`encoder.layer.${l}.output.dense`, D, I),
    ...expectNorm(`encoder.layer.${l}.output.LayerNorm`, D),
  ];
  return [
    ...expectTokens('embeddings.word_embeddings.weight', MPNET_HEAD, config, D, tensors, PREFIXES),
    expect('embeddings.position_embeddings.weight', P, D),
    ...expectNorm('embeddings.LayerNorm', D),
    expect('encoder.relative_attention_bias.weight', distances, H),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...(stored.has('pooler.dense.weight') ? expectLinear('pooler.dense', D, D) : []),
    ...(hasMaskedHead(MPNET_HEAD, stored) ? expectMaskedHead(MPNET_HEAD, config, D, tensors, PREFIXES) : []),
  ];
}

const LABELS = [
  textHead('first', ['classifier.dense', 'tanh'], 'classifier.out_proj'),
  tokenHead('classifier'),
  SPAN_HEAD,
];

function labels(config: Config, tensors: readonly TensorInfo[]): LabelHead | null {
  const writes = hasMaskedHead(MPNET_HEAD, storedNames(tensors, PREFIXES));
  return findLabelHead(config, tensors, LABELS, { prefixes: PREFIXES, writes });
}

export const mpnetSpec: FamilySpec = {
  name: 'MPNet',
  modelTypes: ['mpnet'],
  pools: (config) => parseMpnetConfig(config).width,
  labels,
  check(config, tensors) {
    const parsed = parseMpnetConfig(config);
    const expected = [
      ...expectedMpnetTensors(parsed, tensors),
      ...expectLabelHead(labels(config, tensors), parsed.width),
    ];
    // Numbers of positions that older versions saved as a buffer.
    return matchTensors(expected, tensors, { prefixes: PREFIXES, ignored: /^embeddings\.position_ids$/ });
  },
};
