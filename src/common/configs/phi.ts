import type { TensorInfo } from '../contract.ts';
import { activation, badField, flag, nonNegative, type Config } from './config.ts';
import { decoderSpec, everyLayer, isBare, parseSizes, type DecoderConfig } from './decoder.ts';
import { classifierName } from './heads.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** Phi's config.json, checked; what is absent has Transformers' defaults. */
export interface PhiConfig extends DecoderConfig {
  /** Each head's q and k are normalised. */
  readonly headNorms: boolean;
}

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type` naming the field. */
export function parsePhiConfig(config: Config): PhiConfig {
  const sizes = parseSizes(config, {
    vocabulary: 51200,
    width: 2048,
    layers: 24,
    heads: 32,
    keyHeads: null,
    headWidth: 'fixed',
    inner: 8192,
    positions: 2048,
    tied: false,
    rope: { theta: 'rope_theta', share: { name: 'partial_rotary_factor', otherwise: 0.5 } },
  });
  if (sizes.rotated % 2 !== 0)
    throw badField(
      'partial_rotary_factor',
      sizes.rotated / sizes.headWidth,
      `such that an even number of the ${sizes.headWidth} elements of a head is rotated`,
    );
  return {
    ...sizes,
    activation: activation(config, ['hidden_act'], 'gelu_new'),
    epsilon: nonNegative(config, ['layer_norm_eps'], 1e-5),
    windows: everyLayer(sizes, null),
    headNorms: flag(config, ['qk_layernorm'], false),
  };
}

const PREFIX = 'model.';

/** Every tensor of the model, named as in PhiModel. */
function expectedPhiTensors(config: PhiConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { vocabulary: V, width: D, keyHeads: K, headWidth: d, inner: I } = config;
  const expect = (name: string, ...shape: number[]): ExpectedTensor => ({ name, shape, optional: false });
  const norm = (name: string, width: number) => [
    expect(`${name}.weight`, width),
    expect(`${name}.bias`, width),
  ];
  const linear = (name: string, out: number, inputs: number) => [
    expect(`${name}.weight`, out, inputs),
    expect(`${name}.bias`, out),
  ];
  const layer = (l: number) => [
    ...norm(`layers.${l}.input_layernorm`, D),
    ...linear(`layers.${l}.self_attn.q_proj`, D, D),
    ...linear(`layers.${l}.self_attn.k_proj`, K * d, D),
    ...linear(`layers.${l}.self_attn.v_proj`, K * d, D),
    ...linear(`layers.${l}.self_attn.dense`, D, D),
    ...(config.headNorms
      ? ['q', 'k'].flatMap((name) => norm(`layers.${l}.self_attn.${name}_layernorm`, d))
      : []),
    ...linear(`layers.${l}.mlp.fc1`, I, D),
    ...linear(`layers.${l}.mlp.fc2`, D, I),
  ];
  const bare = isBare(tensors, PREFIX);
  return [
    ...tokenTables({ table: 'embed_tokens.weight', tied: config.tied, isBare: bare }, [V, D], tensors, [
      PREFIX,
    ]),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    ...norm('final_layernorm', D),
    // The head has a bias even where its weights are the token table's.
    { name: 'lm_head.bias', shape: [V], optional: bare || classifierName(tensors) !== null },
  ];
}

export const phiSpec: FamilySpec = {
  name: 'Phi',
  modelTypes: ['phi'],
  ...decoderSpec({
    parse: parsePhiConfig,
    expected: expectedPhiTensors,
    prefixes: [PREFIX],
  }),
};
