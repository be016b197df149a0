import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import { parseBertConfig, type BertConfig } from './bert.ts';
import { badField, positiveInteger, type Config } from './config.ts';
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

const PREFIXES = ['albert.'];

export const ALBERT_HEAD: MaskedHeadNames = {
  dense: 'predictions.dense',
  norm: 'predictions.LayerNorm',
  decoder: 'predictions.decoder',
  biases: ['predictions.decoder.bias', 'predictions.bias'],
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

/** Every tensor of the model, named as in a bare AlbertModel; the pooler and the head where the files have them. */
function expectedAlbertTensors(config: AlbertConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { positions: P, types, width: D, embedding: E, inner: I, groups } = config;
  const stored = storedNames(tensors, PREFIXES);
  const layer = (name: string) => [
    ...['query', 'key', 'value', 'dense'].flatMap((part) => expectLinear(`${name}.attention.${part}`, D, D)),
    ...expectNorm(`${name}.attention.LayerNorm`, D),
    ...expectLinear(`${name}.ffn`, I, D),
    ...expectLinear(`${name}.ffn_output`, D, I),
    ...expectNorm(`${name}.full_layer_layer_norm`, D),
  ];
  return [
    ...expectTokens('embeddings.word_embeddings.weight', ALBERT_HEAD, config, E, tensors, PREFIXES),
    expect('embeddings.position_embeddings.weight', P, E),
    expect('embeddings.token_type_embeddings.weight', types, E),
    ...expectNorm('embeddings.LayerNorm', E),
    ...expectLinear('encoder.embedding_hidden_mapping_in', D, E),
    ...Array.from({ length: groups }, (_, group) => layer(albertLayer(group))).flat(),
    ...(stored.has('pooler.weight') ? expectLinear('pooler', D, D) : []),
    ...(hasMaskedHead(ALBERT_HEAD, stored)
      ? expectMaskedHead(ALBERT_HEAD, config, E, tensors, PREFIXES)
      : []),
  ];
}

const LABELS = [textHead('first', ['pooler', 'tanh'], 'classifier'), tokenHead('classifier'), SPAN_HEAD];

function labels(config: Config, tensors: readonly TensorInfo[]): LabelHead | null {
  const writes = hasMaskedHead(ALBERT_HEAD, storedNames(tensors, PREFIXES));
  return findLabelHead(config, tensors, LABELS, { prefixes: PREFIXES, writes });
}

export const albertSpec: FamilySpec = {
  name: 'ALBERT',
  modelTypes: ['albert'],
  pools: (config) => parseAlbertConfig(config).width,
  labels,
  check(config, tensors) {
    const parsed = parseAlbertConfig(config);
    const expected = [
      ...expectedAlbertTensors(parsed, tensors),
      ...expectLabelHead(labels(config, tensors), parsed.width),
    ];
    return matchTensors(expected, tensors, {
      prefixes: PREFIXES,
      // Numbers that older versions saved as buffers, and the guess which of two sentences comes first.
      ignored: /^embeddings\.(position_ids|token_type_ids)$|^sop_classifier\./,
    });
  },
};
