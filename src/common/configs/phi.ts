import type { TensorInfo } from '../contract.ts';
import { activation, flag, nonNegative, type Config } from './config.ts';
import { decoderSpec, everyLayer, isBare, parseSizes, requirePairs, type DecoderConfig } from './decoder.ts';
import { expectLinear, expectNorm } from './expected.ts';
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
  requirePairs(sizes);
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
  const layer = (l: number) => [
    ...expectNorm(`layers.${l}.input_layernorm`, D),
    ...expectLinear(`layers.${l}.self_attn.q_proj`, D, D),
    ...expectLinear(`layers.${l}.self_attn.k_proj`, K * d, D),
    ...expectLinear(`layers.${l}.self_attn.v_proj`, K * d, D),
    ...expectLinear(`layers.${l}.self_attn.dense`, D, D),
    ...(config.headNorms
      ? ['q', 'k'].flatMap((name) => expectNorm(`layers.${l}.self_attn.${name}_layernorm`, d))
      : []),
    ...expectLinear(`layers.${l}.mlp.fc1`, I, D),
    ...expectLinear(`layers.${l}.mlp.fc2`, D, I),
  ];
  const bare = isBare(tensors, PREFIX);
  return [
    ...tokenTables({ table: 'embed_tokens.weight', tied: config.tied, isBare: bare }, [V, D], tensors, [
      PREFIX,
    ]),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    ...expectNorm('final_layernorm', D),
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
