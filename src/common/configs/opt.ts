import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import {
  activation,
  flag,
  layerCount,
  positiveInteger,
  requireDivisor,
  type ActivationName,
  type Config,
} from './config.ts';
import { decoderSpec, isBare } from './decoder.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import type { StackSizes } from './sizes.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** OPT's config.json, checked; what is absent has Transformers' defaults. */
export interface OptConfig extends StackSizes {
  readonly activation: ActivationName;
  /** Norms stand before the parts, not behind their sums. */
  readonly normFirst: boolean;
  /** There is a norm after the last layer. */
  readonly lastNorm: boolean;
  /** Linear parts have biases. */
  readonly biases: boolean;
}

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unsupported-config` naming the field. */
export function parseOptConfig(config: Config): OptConfig {
  const width = positiveInteger(config, ['hidden_size'], 768);
  const heads = positiveInteger(config, ['num_attention_heads'], 12);
  requireDivisor(config, ['num_attention_heads'], heads, 'hidden_size', width);
  const embedding = positiveInteger(config, ['word_embed_proj_dim'], width);
  if (embedding !== width)
    throw unsupported(
      `“word_embed_proj_dim” is ${embedding} and “hidden_size” ${width}; an OPT whose embeddings are narrower than its states is not run`,
      'Of the published models that is opt-350m alone: opt-125m and opt-1.3b run.',
    );
  if (!flag(config, ['layer_norm_elementwise_affine'], true))
    throw unsupported(
      '“layer_norm_elementwise_affine” is false; norms without weights are not run',
      'Open an OPT whose norms have weights.',
    );
  const normFirst = flag(config, ['do_layer_norm_before'], true);
  return {
    ...{ width, heads, normFirst },
    vocabulary: positiveInteger(config, ['vocab_size'], 50272),
    positions: positiveInteger(config, ['max_position_embeddings'], 2048),
    layers: layerCount(config, ['num_hidden_layers'], 12),
    inner: positiveInteger(config, ['ffn_dim'], 3072),
    activation: activation(config, ['activation_function'], 'relu'),
    lastNorm: normFirst && !flag(config, ['_remove_final_layer_norm'], false),
    biases: flag(config, ['enable_bias'], true),
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

function unsupported(problem: string, hint: string): HeadgateError {
  return new HeadgateError('unsupported-config', `config.json: ${problem}.`, hint);
}

/** The first rows of the position table are never read. */
export const OPT_FIRST_POSITION = 2;

/** A bare model has the second. */
const PREFIXES = ['model.decoder.', 'decoder.'];

/** Every tensor of the model, named as in OPTDecoder. */
function expectedOptTensors(config: OptConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { vocabulary: V, positions: P, width: D, inner: I, layers, biases, lastNorm, tied } = config;
  const layer = (l: number) => [
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((part) =>
      expectLinear(`layers.${l}.self_attn.${part}`, D, D, biases),
    ),
    ...expectNorm(`layers.${l}.self_attn_layer_norm`, D),
    ...expectLinear(`layers.${l}.fc1`, I, D, biases),
    ...expectLinear(`layers.${l}.fc2`, D, I, biases),
    ...expectNorm(`layers.${l}.final_layer_norm`, D),
  ];
  return [
    ...tokenTables(
      { table: 'embed_tokens.weight', tied, isBare: isBare(tensors, 'model.') },
      [V, D],
      tensors,
      PREFIXES,
    ),
    expect('embed_positions.weight', P + OPT_FIRST_POSITION, D),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...(lastNorm ? expectNorm('final_layer_norm', D) : []),
  ];
}

export const optSpec: FamilySpec = {
  name: 'OPT',
  modelTypes: ['opt'],
  ...decoderSpec({ parse: parseOptConfig, expected: expectedOptTensors, prefixes: PREFIXES, padding: 1 }),
};
