import type { TensorInfo } from '../contract.ts';
import { activation, flag, nonNegative, type Config } from './config.ts';
import { decoderSpec, everyLayer, isBare, parseSizes, type DecoderConfig } from './decoder.ts';
import type { Rope } from './rope.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** A config of Llama or of a family with its layout: Mistral, Qwen, Gemma. */
export interface LlamaConfig extends DecoderConfig {
  /** q, k and v have biases. */
  readonly projectionBias: boolean;
  /** The attention's output has one. */
  readonly outBias: boolean;
  readonly feedForwardBias: boolean;
  /** Each head's q and k are normalised (Qwen 3). */
  readonly headNorms: boolean;
  /** What attention and feed-forward part give is normalised before it is added (Gemma 2). */
  readonly postNorms: boolean;
  /** By layer; layers that turn alike share one object (Gemma 3). null: all turn as `rope` says. */
  readonly ropes: readonly Rope[] | null;
}

/** What Llama itself does not have. */
export const PLAIN = {
  projectionBias: false,
  outBias: false,
  feedForwardBias: false,
  headNorms: false,
  postNorms: false,
  ropes: null,
} as const;

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type` naming the field. */
export function parseLlamaConfig(config: Config): LlamaConfig {
  const sizes = parseSizes(config, {
    vocabulary: 32000,
    width: 4096,
    layers: 32,
    heads: 32,
    keyHeads: null,
    headWidth: null,
    inner: 11008,
    positions: 2048,
    tied: false,
  });
  const attentionBias = flag(config, ['attention_bias'], false);
  return {
    ...PLAIN,
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-6),
    windows: everyLayer(sizes, null),
    projectionBias: attentionBias,
    outBias: attentionBias,
    feedForwardBias: flag(config, ['mlp_bias'], false),
  };
}

/** `LlamaForCausalLM` keeps the bare model under it. */
export const LLAMA_PREFIX = 'model.';

/** Every tensor of the model, named as in LlamaModel. */
function expectedLlamaTensors(config: LlamaConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { vocabulary: V, width: D, heads: H, keyHeads: K, headWidth: d, inner: I } = config;
  const expect = (name: string, ...shape: number[]): ExpectedTensor => ({ name, shape, optional: false });
  const linear = (name: string, out: number, inputs: number, bias: boolean) => [
    expect(`${name}.weight`, out, inputs),
    ...(bias ? [expect(`${name}.bias`, out)] : []),
  ];
  const layer = (l: number) => {
    const attention = `layers.${l}.self_attn`;
    const mlp = `layers.${l}.mlp`;
    return [
      expect(`layers.${l}.input_layernorm.weight`, D),
      ...linear(`${attention}.q_proj`, H * d, D, config.projectionBias),
      ...linear(`${attention}.k_proj`, K * d, D, config.projectionBias),
      ...linear(`${attention}.v_proj`, K * d, D, config.projectionBias),
      ...linear(`${attention}.o_proj`, D, H * d, config.outBias),
      ...(config.headNorms
        ? ['q_norm', 'k_norm'].map((name) => expect(`${attention}.${name}.weight`, d))
        : []),
      expect(`layers.${l}.post_attention_layernorm.weight`, D),
      ...(config.postNorms
        ? ['pre', 'post'].map((place) => expect(`layers.${l}.${place}_feedforward_layernorm.weight`, D))
        : []),
      ...linear(`${mlp}.gate_proj`, I, D, config.feedForwardBias),
      ...linear(`${mlp}.up_proj`, I, D, config.feedForwardBias),
      ...linear(`${mlp}.down_proj`, D, I, config.feedForwardBias),
    ];
  };
  return [
    ...tokenTables(
      { table: 'embed_tokens.weight', tied: config.tied, isBare: isBare(tensors, LLAMA_PREFIX) },
      [V, D],
      tensors,
      LLAMA_PREFIXES,
    ),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    expect('norm.weight', D),
  ];
}

/** A head for questions keeps the bare model under the second name, for the sake of older files. */
export const LLAMA_PREFIXES = [LLAMA_PREFIX, 'transformer.'];

/** The spec of a family with Llama's layout. @param padding the padding token where config.json has none */
export function llamaLayoutSpec(
  name: string,
  modelType: string,
  parse: (config: Config) => LlamaConfig,
  padding?: number,
): FamilySpec {
  return {
    name,
    modelTypes: [modelType],
    ...decoderSpec({
      ...{ parse, expected: expectedLlamaTensors, prefixes: LLAMA_PREFIXES },
      ...(padding !== undefined && { padding }),
    }),
  };
}

export const llamaSpec = llamaLayoutSpec('Llama', 'llama', parseLlamaConfig);
