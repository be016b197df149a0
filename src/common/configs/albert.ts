import { HeadgateError } from '../error.ts';
import { parseBertConfig, type BertConfig } from './bert.ts';
import { badField, positiveInteger, type Config } from './config.ts';
import { aroundLayers, encoderSpec, type EncoderNames } from './encoder-spec.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import { SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { ExpectedTensor } from './spec.ts';

export const ALBERT: EncoderNames = {
  prefixes: ['albert.'],
  head: {
    dense: 'predictions.dense',
    norm: 'predictions.LayerNorm',
    decoder: 'predictions.decoder',
    biases: ['predictions.decoder.bias', 'predictions.bias'],
  },
  pooler: 'pooler',
};

/** ALBERT's config.json, checked: L layers, of which those of a group are one. */
export interface AlbertConfig extends BertConfig {
  readonly groups: number;
}

/** Transformers' defaults, which are those of the largest ALBERT. */
const DEFAULTS = {
  ...{ vocab_size: 30000, hidden_size: 4096, num_attention_heads: 64, intermediate_size: 16384 },
  ...{ hidden_act: 'gelu_new' },
};

/** @throws as `parseBertConfig` */
export function parseAlbertConfig(config: Config): AlbertConfig {
  const act = config['hidden_act'] ?? DEFAULTS.hidden_act;
  const bert = parseBertConfig({ ...config, hidden_act: act }, { name: 'ALBERT' }, DEFAULTS);
  const embedding = positiveInteger(config, ['embedding_size'], 128);
  const groups = positiveInteger(config, ['num_hidden_groups'], 1);
  if (groups > bert.layers)
    throw badField('num_hidden_groups', groups, `at most num_hidden_layers, which is ${bert.layers}`);
  const inner = positiveInteger(config, ['inner_group_num'], 1);
  if (inner !== 1)
    throw new HeadgateError(
      'unsupported-config',
      `config.json: “inner_group_num” is ${inner}; groups of several layers are not run.`,
      'Open an ALBERT whose groups have one layer each, as all the published ones have.',
    );
  return { ...bert, embedding, groups };
}

/** Where the layers of a group are. */
export function albertLayer(group: number): string {
  return `encoder.albert_layer_groups.${group}.albert_layers.0`;
}

/** What is between the token table and the pooler, named as in a bare AlbertModel. */
function expectedAlbertLayers(config: AlbertConfig): ExpectedTensor[] {
  const { positions: P, types, width: D, embedding: E, inner: I, groups } = config;
  const layer = (name: string) => [
    ...['query', 'key', 'value', 'dense'].flatMap((part) => expectLinear(`${name}.attention.${part}`, D, D)),
    ...expectNorm(`${name}.attention.LayerNorm`, D),
    ...expectLinear(`${name}.ffn`, I, D),
    ...expectLinear(`${name}.ffn_output`, D, I),
    ...expectNorm(`${name}.full_layer_layer_norm`, D),
  ];
  return [
    expect('embeddings.position_embeddings.weight', P, E),
    expect('embeddings.token_type_embeddings.weight', types, E),
    ...expectNorm('embeddings.LayerNorm', E),
    ...expectLinear('encoder.embedding_hidden_mapping_in', D, E),
    ...Array.from({ length: groups }, (_, group) => layer(albertLayer(group))).flat(),
  ];
}

const LABELS = [textHead('first', ['pooler', 'tanh'], 'classifier'), tokenHead('classifier'), SPAN_HEAD];

export const albertSpec = encoderSpec({
  name: 'ALBERT',
  modelTypes: ['albert'],
  ...ALBERT,
  parse: parseAlbertConfig,
  expected: (config, tensors) => aroundLayers(ALBERT, config, expectedAlbertLayers(config), tensors),
  labels: () => LABELS,
  // Numbers that older versions saved as buffers, and the guess which of two sentences comes first.
  ignored: /^embeddings\.(position_ids|token_type_ids)$|^sop_classifier\./,
});
