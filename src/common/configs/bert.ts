import type { TensorInfo } from '../contract.ts';
import {
  activation,
  badField,
  flag,
  layerCount,
  nonNegative,
  positiveInteger,
  type Config,
} from './config.ts';
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
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec, TensorCheck } from './spec.ts';

/** The config.json of BERT and of what is built like it, checked; what is absent has Transformers' defaults. */
export interface BertConfig extends EncoderConfig {
  /** Row of the position table of token 0. */
  readonly firstPosition: number;
  /** Rows of the table of token types. */
  readonly types: number;
  /** Width of the tables; D, unless a projection follows (ELECTRA). */
  readonly embedding: number;
}

/** What BERT's relatives call and store differently. */
export interface BertKind {
  /** Short name that users see. */
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly head: MaskedHeadNames;
}

export const BERT: BertKind = {
  name: 'BERT',
  prefixes: ['bert.'],
  head: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    decoder: 'cls.predictions.decoder',
    biases: ['cls.predictions.decoder.bias', 'cls.predictions.bias'],
  },
};

/**
 * @param defaults of fields, where they are not BERT's
 * @throws HeadgateError `bad-config`, `unknown-activation` or `unsupported-config` naming the field.
 */
export function parseBertConfig(config: Config, { name } = BERT, defaults: Config = {}): BertConfig {
  refuseVariants(config, name);
  const size = (field: string, otherwise: number) =>
    positiveInteger(config, [field], (defaults[field] as number | undefined) ?? otherwise);
  const width = size('hidden_size', 768);
  const heads = size('num_attention_heads', 12);
  if (width % heads !== 0)
    throw badField('num_attention_heads', heads, `a divisor of hidden_size, which is ${width}`);
  return {
    vocabulary: size('vocab_size', 30522),
    positions: size('max_position_embeddings', 512),
    firstPosition: 0,
    types: size('type_vocab_size', 2),
    width,
    embedding: width,
    layers: layerCount(config, ['num_hidden_layers'], 12),
    heads,
    inner: size('intermediate_size', 3072),
    activation: activation(config, ['hidden_act'], 'gelu'),
    epsilon: nonNegative(config, ['layer_norm_eps'], 1e-12),
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

/** The embeddings and layers of BERT, RoBERTa and ELECTRA, named as in a bare BertModel. */
function expectedBertLayers(config: BertConfig): ExpectedTensor[] {
  const { positions: P, types, embedding: E, width: D, inner: I, layers } = config;
  const layer = (l: number) => [
    ...['query', 'key', 'value'].flatMap((part) =>
      expectLinear(`encoder.layer.${l}.attention.self.${part}`, D, D),
    ),
    ...expectLinear(`encoder.layer.${l}.attention.output.dense`, D, D),
    ...expectNorm(`encoder.layer.${l}.attention.output.LayerNorm`, D),
    ...expectLinear(`encoder.layer.${l}.intermediate.dense`, I, D),
    ...expectLinear(`encoder.layer.${l}.output.dense`, D, I),
    ...expectNorm(`encoder.layer.${l}.output.LayerNorm`, D),
  ];
  return [
    expect('embeddings.position_embeddings.weight', P, E),
    expect('embeddings.token_type_embeddings.weight', types, E),
    ...expectNorm('embeddings.LayerNorm', E),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
  ];
}

/** Every tensor of the model; the pooler and the masked-language head where the files have them. */
export function expectedBertTensors(
  config: BertConfig,
  { head, prefixes }: BertKind,
  tensors: readonly TensorInfo[],
): ExpectedTensor[] {
  const stored = storedNames(tensors, prefixes);
  return [
    ...expectTokens('embeddings.word_embeddings.weight', head, config, config.embedding, tensors, prefixes),
    ...expectedBertLayers(config),
    ...(stored.has('pooler.dense.weight') ? expectLinear('pooler.dense', config.width, config.width) : []),
    ...(hasMaskedHead(head, stored)
      ? expectMaskedHead(head, config, config.embedding, tensors, prefixes)
      : []),
  ];
}

/** Compares files with the tensors of BERT or one of its relatives. */
export function matchBert(
  expected: readonly ExpectedTensor[],
  tensors: readonly TensorInfo[],
  prefixes: readonly string[],
): TensorCheck {
  return matchTensors(expected, tensors, {
    prefixes,
    // Numbers of positions and types that older versions saved as buffers.
    ignored: /^embeddings\.(position_ids|token_type_ids)$/,
    rename: todaysNorm,
  });
}

/** Norms of files that came from TensorFlow have a gamma and a beta. */
function todaysNorm(name: string): string {
  return name
    .replace(/\bLayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/\bLayerNorm\.beta$/, 'LayerNorm.bias');
}

export const bertSpec: FamilySpec = {
  name: BERT.name,
  modelTypes: ['bert'],
  pools: (config) => parseBertConfig(config).width,
  check(config, tensors) {
    return matchBert(expectedBertTensors(parseBertConfig(config), BERT, tensors), tensors, BERT.prefixes);
  },
};
