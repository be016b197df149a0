import type { TensorInfo } from '../contract.ts';
import { activation, flag, nonNegative, type Config } from './config.ts';
import {
  decoderSpec,
  everyLayer,
  isBare,
  parseSizes,
  type DecoderConfig,
  type DecoderDefaults,
} from './decoder.ts';
import { expectLinear, expectNorm } from './expected.ts';
import type { Rope } from './rope.ts';
import type { StackSizes } from './sizes.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** A config of Llama or of a family with its layout: Mistral, Qwen, Gemma. */
export interface LlamaConfig extends DecoderConfig {
  /** q, k and v have biases. */
  readonly projectionBias: boolean;
  /** The attention's output has one. */
  readonly outBias: boolean;
  readonly feedForwardBias: boolean;
  /** q and k are normalised: each head's own (Qwen 3), or all heads' together (OLMo 2); null: neither. */
  readonly queryKeyNorms: 'head' | 'all' | null;
  /** Norms stand before each part, before and behind it (Gemma 2), or behind it (OLMo 2). */
  readonly norms: 'before' | 'around' | 'after';
  /** RMS norms, or those with a mean and a bias (StableLM). */
  readonly normKind: 'rms' | 'layer';
  /** By layer; layers that turn alike share one object (Gemma 3), null: it does not turn. Left out: all turn as `rope` says. */
  readonly ropes?: readonly (Rope | null)[];
}

/** What Llama itself does not have. */
export const PLAIN = {
  projectionBias: false,
  outBias: false,
  feedForwardBias: false,
  queryKeyNorms: null,
  norms: 'before',
  normKind: 'rms',
} as const;

/** Transformers' defaults, which are those of the 7B. */
export const LLAMA_DEFAULTS: DecoderDefaults = {
  vocabulary: 32000,
  width: 4096,
  layers: 32,
  heads: 32,
  keyHeads: null,
  headWidth: null,
  inner: 11008,
  positions: 2048,
  tied: false,
};

/** @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type` naming the field. */
export function parseLlamaConfig(config: Config): LlamaConfig {
  const sizes = parseSizes(config, LLAMA_DEFAULTS);
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
const LLAMA_PREFIX = 'model.';

/** The token table and the head, where Llama has them. */
export function expectLlamaTables(
  { vocabulary: V, width: D, tied }: StackSizes,
  tensors: readonly TensorInfo[],
): ExpectedTensor[] {
  const tables = { table: 'embed_tokens.weight', tied, isBare: isBare(tensors, LLAMA_PREFIX) };
  return tokenTables(tables, [V, D], tensors, LLAMA_PREFIXES);
}

/** Every tensor of the model, named as in LlamaModel. */
function expectedLlamaTensors(config: LlamaConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { width: D, heads: H, keyHeads: K, headWidth: d, inner: I } = config;
  const norm = (name: string) => expectNorm(name, D, config.normKind === 'layer');
  const layer = (l: number) => {
    const attention = `layers.${l}.self_attn`;
    const mlp = `layers.${l}.mlp`;
    return [
      ...(config.norms === 'after' ? [] : norm(`layers.${l}.input_layernorm`)),
      ...expectLinear(`${attention}.q_proj`, H * d, D, config.projectionBias),
      ...expectLinear(`${attention}.k_proj`, K * d, D, config.projectionBias),
      ...expectLinear(`${attention}.v_proj`, K * d, D, config.projectionBias),
      ...expectLinear(`${attention}.o_proj`, D, H * d, config.outBias),
      ...queryKeyNorms(config, attention),
      ...norm(`layers.${l}.post_attention_layernorm`),
      ...(config.norms === 'around' ? norm(`layers.${l}.pre_feedforward_layernorm`) : []),
      ...(config.norms === 'before' ? [] : norm(`layers.${l}.post_feedforward_layernorm`)),
      ...expectLinear(`${mlp}.gate_proj`, I, D, config.feedForwardBias),
      ...expectLinear(`${mlp}.up_proj`, I, D, config.feedForwardBias),
      ...expectLinear(`${mlp}.down_proj`, D, I, config.feedForwardBias),
    ];
  };
  return [
    ...expectLlamaTables(config, tensors),
    ...Array.from({ length: config.layers }, (_, l) => layer(l)).flat(),
    ...norm('norm'),
  ];
}

function queryKeyNorms(
  { queryKeyNorms: kind, heads: H, keyHeads: K, headWidth: d }: LlamaConfig,
  attention: string,
): ExpectedTensor[] {
  if (kind === null) return [];
  const size = (heads: number) => (kind === 'all' ? heads * d : d);
  return [
    ...expectNorm(`${attention}.q_norm`, size(H), false),
    ...expectNorm(`${attention}.k_norm`, size(K), false),
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
