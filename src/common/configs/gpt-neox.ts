import type { TensorInfo } from '../contract.ts';
import { activation, flag, nonNegative, type Config } from './config.ts';
import { decoderSpec, everyLayer, isBare, parseSizes, type DecoderConfig } from './decoder.ts';
import { expectLinear, expectNorm } from './expected.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** GPT-NeoX's config.json (Pythia's too), checked; what is absent has Transformers' defaults. */
export interface GptNeoxConfig extends DecoderConfig {
  /** x + attention(x) + feedForward(x) instead of one after the other. */
  readonly parallel: boolean;
  readonly attentionBias: boolean;
}

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type` naming the field. */
export function parseGptNeoxConfig(config: Config): GptNeoxConfig {
  const sizes = parseSizes(
    { ...config, num_key_value_heads: null },
    {
      vocabulary: 50432,
      width: 6144,
      layers: 44,
      heads: 64,
      keyHeads: null,
      headWidth: 'fixed',
      inner: 24576,
      positions: 2048,
      tied: false,
      rope: { theta: 'rotary_emb_base', share: { name: 'rotary_pct', otherwise: 0.25 } },
    },
  );
  return {
    ...sizes,
    activation: activation(config, ['hidden_act'], 'gelu'),
    epsilon: nonNegative(config, ['layer_norm_eps'], 1e-5),
    windows: everyLayer(sizes, null),
    parallel: flag(config, ['use_parallel_residual'], true),
    attentionBias: flag(config, ['attention_bias'], true),
  };
}

const PREFIX = 'gpt_neox.';

/** The head's name in the files, and in Transformers 5. */
export const GPT_NEOX_HEADS = ['embed_out.weight', 'lm_head.weight'];

/** Every tensor of the model, named as in GPTNeoXModel. */
function expectedGptNeoxTensors(config: GptNeoxConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { vocabulary: V, width: D, inner: I } = config;
  const layer = (l: number) => [
    ...expectNorm(`layers.${l}.input_layernorm`, D),
    ...expectNorm(`layers.${l}.post_attention_layernorm`, D),
    ...expectLinear(`layers.${l}.attention.query_key_value`, 3 * D, D, config.attentionBias),
    ...expectLinear(`layers.${l}.attention.dense`, D, D, config.attentionBias),
    ...expectLinear(`layers.${l}.mlp.dense_h_to_4h`, I, D),
    ...expectLinear(`layers.${l}.mlp.dense_4h_to_h`, D, I),
  ];
  const tables = { table: 'embed_in.weight', heads: GPT_NEOX_HEADS, tied: config.tied };
  return [
    ...tokenTables({ ...tables, isBare: isBare(tensors, PREFIX) }, [V, D], tensors, [PREFIX]),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    ...expectNorm('final_layer_norm', D),
  ];
}

export const gptNeoxSpec: FamilySpec = {
  name: 'GPT-NeoX',
  modelTypes: ['gpt_neox'],
  ...decoderSpec({
    parse: parseGptNeoxConfig,
    expected: expectedGptNeoxTensors,
    prefixes: [PREFIX],
  }),
};
