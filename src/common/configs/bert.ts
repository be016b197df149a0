import type { TensorInfo } from '../contract.ts';
import {
  activation,
  flag,
  layerCount,
  nonNegative,
  positiveInteger,
  requireDivisor,
  type Config,
} from './config.ts';
import { refuseVariants, type EncoderConfig } from './encoder.ts';
import { aroundLayers, encoderSpec, type EncoderNames } from './encoder-spec.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import { SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { LabelHeadPlace } from './labels.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

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
export interface BertKind extends EncoderNames {
  /** Short name that users see. */
  readonly name: string;
  readonly labels: readonly LabelHeadPlace[];
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
  pooler: 'pooler.dense',
  labels: [textHead('first', ['pooler.dense', 'tanh'], 'classifier'), tokenHead('classifier'), SPAN_HEAD],
};

/**
 * @param defaults of fields, where they are not BERT's
 * @throws HeadgateError `bad-config`, `unknown-activation` or `unsupported-config` naming the field.
 */
export function parseBertConfig(
  config: Config,
  { name }: Pick<BertKind, 'name'> = BERT,
  defaults: Config = {},
): BertConfig {
  refuseVariants(config, name);
  const size = (field: string, otherwise: number) =>
    positiveInteger(config, [field], (defaults[field] as number | undefined) ?? otherwise);
  const width = size('hidden_size', 768);
  const heads = size('num_attention_heads', 12);
  requireDivisor(config, ['num_attention_heads'], heads, 'hidden_size', width);
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

/**
 * The spec of BERT or of one of its relatives.
 * @param more what only it has
 */
export function bertLikeSpec<Parsed extends BertConfig>(
  kind: BertKind,
  modelTypes: readonly string[],
  parse: (config: Config) => Parsed,
  more: (config: Parsed, tensors: readonly TensorInfo[]) => readonly ExpectedTensor[] = () => [],
): FamilySpec {
  const { name, prefixes, head, labels } = kind;
  return encoderSpec({
    ...{ name, modelTypes, prefixes, head, parse },
    expected: (config, tensors) => [
      ...aroundLayers(kind, config, expectedBertLayers(config), tensors),
      ...more(config, tensors),
    ],
    labels: () => labels,
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

export const bertSpec = bertLikeSpec(BERT, ['bert'], (config) => parseBertConfig(config));
