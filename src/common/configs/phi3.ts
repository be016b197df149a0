import type { TensorInfo } from '../contract.ts';
import { activation, nonNegative, positiveInteger, unlessNull, type Config } from './config.ts';
import { decoderSpec, everyLayer, parseSizes, type DecoderConfig } from './decoder.ts';
import { expect } from './expected.ts';
import { expectLlamaTables, LLAMA_PREFIXES } from './llama.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

/** Phi-3's config.json, checked. @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type`. */
export function parsePhi3Config(config: Config): DecoderConfig {
  const own = { original_max_position_embeddings: 4096, ...config };
  const sizes = parseSizes(own, {
    vocabulary: 32064,
    width: 3072,
    layers: 32,
    heads: 32,
    keyHeads: null,
    headWidth: 'fixed',
    inner: 8192,
    positions: 4096,
    tied: false,
    rope: { theta: 'rope_theta', share: { name: 'partial_rotary_factor', otherwise: 1 } },
  });
  const isWindowed = config['sliding_window'] !== undefined;
  return {
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-5),
    windows: everyLayer(sizes, isWindowed ? unlessNull(config, 'sliding_window', positiveInteger) : null),
  };
}

/** Every tensor of the model, named as in Phi3Model: Llama's, with q, k, v in one tensor, and gate and up in one. */
function expectedPhi3Tensors(config: DecoderConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { width: D, heads: H, keyHeads: K, headWidth: d, inner: I } = config;
  const layer = (l: number) => [
    expect(`layers.${l}.input_layernorm.weight`, D),
    expect(`layers.${l}.self_attn.qkv_proj.weight`, (H + 2 * K) * d, D),
    expect(`layers.${l}.self_attn.o_proj.weight`, D, H * d),
    expect(`layers.${l}.post_attention_layernorm.weight`, D),
    expect(`layers.${l}.mlp.gate_up_proj.weight`, 2 * I, D),
    expect(`layers.${l}.mlp.down_proj.weight`, D, I),
  ];
  return [
    ...expectLlamaTables(config, tensors),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    expect('norm.weight', D),
  ];
}

export const phi3Spec: FamilySpec = {
  name: 'Phi-3',
  modelTypes: ['phi3'],
  ...decoderSpec({
    parse: parsePhi3Config,
    expected: expectedPhi3Tensors,
    prefixes: LLAMA_PREFIXES,
    padding: 32000,
  }),
};
