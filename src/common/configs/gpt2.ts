import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import {
  activation,
  flag,
  layerCount,
  nonNegative,
  positiveInteger,
  requireDivisor,
  type ActivationName,
  type Config,
} from './config.ts';
import { decoderSpec } from './decoder.ts';
import { expect, expectNorm } from './expected.ts';
import type { StackSizes } from './sizes.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** GPT-2's config.json, checked; what is absent has Transformers' defaults. */
export interface Gpt2Config extends StackSizes {
  readonly activation: ActivationName;
  readonly epsilon: number;
  /** Divide the scores by √d. */
  readonly scaleByWidth: boolean;
  /** Divide the scores by layer index + 1. */
  readonly scaleByLayer: boolean;
}

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unsupported-config` naming the field. */
export function parseGpt2Config(config: Config): Gpt2Config {
  const width = positiveInteger(config, ['n_embd', 'hidden_size'], 768);
  const heads = positiveInteger(config, ['n_head', 'num_attention_heads'], 12);
  requireDivisor(config, ['n_head', 'num_attention_heads'], heads, 'n_embd', width);
  if (flag(config, ['add_cross_attention'], false))
    throw new HeadgateError(
      'unsupported-config',
      'config.json: “add_cross_attention” is true; a GPT-2 with cross-attention needs an encoder that is not part of it.',
      'Open a GPT-2 without cross-attention.',
    );
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], 50257),
    positions: positiveInteger(config, ['n_positions', 'max_position_embeddings'], 1024),
    width,
    layers: layerCount(config, ['n_layer', 'num_hidden_layers'], 12),
    heads,
    inner: positiveInteger(config, ['n_inner'], 4 * width),
    activation: activation(config, ['activation_function'], 'gelu_new'),
    epsilon: nonNegative(config, ['layer_norm_epsilon'], 1e-5),
    scaleByWidth: flag(config, ['scale_attn_weights'], true),
    scaleByLayer: flag(config, ['scale_attn_by_inverse_layer_idx'], false),
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

const PREFIXES = ['transformer.'];

/** Every tensor of the model, named as in a bare GPT2Model. */
export function expectedGpt2Tensors(config: Gpt2Config, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { vocabulary: V, positions: P, width: D, inner: I, layers } = config;
  const layer = (l: number) => [
    ...expectNorm(`h.${l}.ln_1`, D),
    expect(`h.${l}.attn.c_attn.weight`, D, 3 * D),
    expect(`h.${l}.attn.c_attn.bias`, 3 * D),
    expect(`h.${l}.attn.c_proj.weight`, D, D),
    expect(`h.${l}.attn.c_proj.bias`, D),
    ...expectNorm(`h.${l}.ln_2`, D),
    expect(`h.${l}.mlp.c_fc.weight`, D, I),
    expect(`h.${l}.mlp.c_fc.bias`, I),
    expect(`h.${l}.mlp.c_proj.weight`, I, D),
    expect(`h.${l}.mlp.c_proj.bias`, D),
  ];
  return [
    ...tokenTables({ table: 'wte.weight', tied: config.tied, isBare: false }, [V, D], tensors, PREFIXES),
    expect('wpe.weight', P, D),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...expectNorm('ln_f', D),
  ];
}

export const gpt2Spec: FamilySpec = {
  name: 'GPT-2',
  modelTypes: ['gpt2'],
  ...decoderSpec({
    parse: parseGpt2Config,
    expected: expectedGpt2Tensors,
    prefixes: PREFIXES,
    // Causal masks that older versions saved as buffers.
    ignored: /^h\.\d+\.attn\.(masked_bias|bias)$/,
  }),
};
