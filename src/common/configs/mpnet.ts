import { parseBertConfig, type BertConfig } from './bert.ts';
import { badField, type Config } from './config.ts';
import { aroundLayers, encoderSpec, type EncoderNames } from './encoder-spec.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import { SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import { ROBERTA } from './roberta.ts';
import type { ExpectedTensor } from './spec.ts';

export const MPNET: EncoderNames = {
  prefixes: ['mpnet.'],
  head: ROBERTA.head,
  pooler: ROBERTA.pooler,
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

/** What is between the token table and the pooler, named as in a bare MPNetModel. */
function expectedMpnetLayers(config: MpnetConfig): ExpectedTensor[] {
  const { positions: P, width: D, inner: I, layers, heads: H, distances } = config;
  const layer = (name: string) => [
    ...['q', 'k', 'v', 'o'].flatMap((part) => expectLinear(`${name}.attention.attn.${part}`, D, D)),
    ...expectNorm(`${name}.attention.LayerNorm`, D),
    ...expectLinear(`${name}.intermediate.dense`, I, D),
    ...expectLinear(`${name}.output.dense`, D, I),
    ...expectNorm(`${name}.output.LayerNorm`, D),
  ];
  return [
    expect('embeddings.position_embeddings.weight', P, D),
    ...expectNorm('embeddings.LayerNorm', D),
    expect('encoder.relative_attention_bias.weight', distances, H),
    ...Array.from({ length: layers }, (_, l) => layer(`encoder.layer.${l}`)).flat(),
  ];
}

const LABELS = [
  textHead('first', ['classifier.dense', 'tanh'], 'classifier.out_proj'),
  tokenHead('classifier'),
  SPAN_HEAD,
];

export const mpnetSpec = encoderSpec({
  name: 'MPNet',
  modelTypes: ['mpnet'],
  ...MPNET,
  parse: parseMpnetConfig,
  expected: (config, tensors) => aroundLayers(MPNET, config, expectedMpnetLayers(config), tensors),
  labels: () => LABELS,
});
