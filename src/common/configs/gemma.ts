import { HeadgateError } from '../error.ts';
import {
  activation,
  flag,
  nonNegative,
  positive,
  positiveInteger,
  unlessNull,
  type ActivationName,
  type Config,
} from './config.ts';
import { everyLayer, parseSizes, windowsByType, type DecoderSizes } from './decoder.ts';
import { parseLayerRope, type LayerKind } from './layer-rope.ts';
import { llamaLayoutSpec, PLAIN, type LlamaConfig } from './llama.ts';

/** Llama's layout with embeddings scaled by √D and norms that store weight − 1. */
export interface GemmaConfig extends LlamaConfig {
  /** Multiplies q·k. */
  readonly scoreScale: number;
  /** Scores become cap·tanh(score / cap); null: they stay. */
  readonly scoreCap: number | null;
  /** The same for logits. */
  readonly logitCap: number | null;
}

/** Gemma 1. @throws HeadgateError `bad-config`, `unsupported-config`, `unknown-activation` or `unknown-rope-type`. */
export function parseGemmaConfig(config: Config): GemmaConfig {
  const sizes = parseSizes(config, {
    vocabulary: 256000,
    width: 3072,
    layers: 28,
    heads: 16,
    keyHeads: 16,
    headWidth: 256,
    inner: 24576,
    positions: 8192,
    tied: true,
  });
  // The first releases say “gelu” and mean its tanh approximation.
  const named = config['hidden_act'] === 'gelu' ? { ...config, hidden_act: 'gelu_pytorch_tanh' } : config;
  return {
    ...shared(config, sizes, activation(named, ['hidden_act'], 'gelu_pytorch_tanh')),
    windows: everyLayer(sizes, null),
    scoreScale: sizes.headWidth ** -0.5,
    scoreCap: null,
    logitCap: null,
  };
}

/** Gemma 2. @throws HeadgateError `bad-config`, `unsupported-config`, `unknown-activation` or `unknown-rope-type`. */
export function parseGemma2Config(config: Config): GemmaConfig {
  const sizes = parseSizes(config, {
    vocabulary: 256000,
    width: 2304,
    layers: 26,
    heads: 8,
    keyHeads: 4,
    headWidth: 256,
    inner: 9216,
    positions: 8192,
    tied: true,
  });
  const window = unlessNull(config, 'sliding_window', (own, names) => positiveInteger(own, names, 4096));
  const cap = (name: string, otherwise: number) =>
    unlessNull(config, name, (own, names) => positive(own, names, otherwise));
  return {
    ...shared(config, sizes, activation(config, ['hidden_activation'], 'gelu_pytorch_tanh')),
    windows: windowsByType(config, sizes, window, (layer) => layer % 2 === 0),
    norms: 'around',
    scoreScale: positive(config, ['query_pre_attn_scalar'], 256) ** -0.5,
    scoreCap: cap('attn_logit_softcapping', 50),
    logitCap: cap('final_logit_softcapping', 30),
  };
}

const FULL: LayerKind = {
  ...{ type: 'full_attention', theta: 'rope_theta', otherwise: 1_000_000, isScaled: true },
};
const NEAR: LayerKind = {
  ...{ type: 'sliding_attention', theta: 'rope_local_base_freq', otherwise: 10_000, isScaled: false },
};

/**
 * Gemma 3, the language model. `attn_logit_softcapping` is left alone: Transformers reads it and caps no scores.
 * @throws HeadgateError `bad-config`, `unsupported-config`, `unknown-activation` or `unknown-rope-type`.
 */
export function parseGemma3Config(config: Config): GemmaConfig {
  // Each kind of layer has a rotation of its own, so the sizes are read without one.
  const sizes = parseSizes(
    { ...config, rope_parameters: null, rope_scaling: null },
    {
      ...{ vocabulary: 262208, width: 2304, layers: 26, heads: 8, keyHeads: 4, headWidth: 256 },
      ...{ inner: 9216, positions: 131072, tied: true },
    },
  );
  const full = parseLayerRope(config, FULL, sizes).rope;
  const near = parseLayerRope(config, NEAR, sizes).rope;
  const window = unlessNull(config, 'sliding_window', (own, names) => positiveInteger(own, names, 4096));
  const cap = config['final_logit_softcapping'] ?? null;
  const every = positiveInteger(config, ['sliding_window_pattern', '_sliding_window_pattern'], 6);
  const windows = windowsByType(config, sizes, window, (layer) => (layer + 1) % every !== 0);
  return {
    ...shared(config, sizes, activation(config, ['hidden_activation'], 'gelu_pytorch_tanh')),
    ...{ windows, norms: 'around', queryKeyNorms: 'head' },
    ropes: windows.map((own) => (own === null ? full : near)),
    scoreScale: positive(config, ['query_pre_attn_scalar'], 256) ** -0.5,
    scoreCap: null,
    logitCap: cap === null ? null : positive(config, ['final_logit_softcapping']),
  };
}

function shared(config: Config, sizes: DecoderSizes, named: ActivationName) {
  if (flag(config, ['use_bidirectional_attention'], false))
    throw new HeadgateError(
      'unsupported-config',
      'config.json: “use_bidirectional_attention” is true; Headgate runs Gemma as a language model, which looks back only.',
      'Open a Gemma that was trained as a language model.',
    );
  const bias = flag(config, ['attention_bias'], false);
  return {
    ...PLAIN,
    ...sizes,
    activation: named,
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-6),
    projectionBias: bias,
    outBias: bias,
  };
}

export const gemmaSpec = llamaLayoutSpec('Gemma', 'gemma', parseGemmaConfig, 0);
export const gemma2Spec = llamaLayoutSpec('Gemma 2', 'gemma2', parseGemma2Config, 0);
export const gemma3Spec = llamaLayoutSpec('Gemma 3', 'gemma3_text', parseGemma3Config, 0);
