import { activation, flag, nonNegative, positiveInteger, unlessNull, type Config } from './config.ts';
import { parseSizes, windowsByType, type DecoderSizes } from './decoder.ts';
import { llamaLayoutSpec, PLAIN, type LlamaConfig } from './llama.ts';

const DEFAULTS = {
  vocabulary: 151936,
  width: 4096,
  layers: 32,
  heads: 32,
  keyHeads: 32,
  inner: 22016,
  positions: 32768,
  tied: false,
} as const;

/** Llama with biases of q, k and v. @throws HeadgateError `bad-config`, `unknown-activation`, … naming the field. */
export function parseQwen2Config(config: Config): LlamaConfig {
  const sizes = parseSizes(config, { ...DEFAULTS, headWidth: null });
  return { ...PLAIN, ...shared(config, sizes), projectionBias: true };
}

/** Llama with norms of each head's q and k. @throws HeadgateError `bad-config`, `unknown-activation`, … naming the field. */
export function parseQwen3Config(config: Config): LlamaConfig {
  const sizes = parseSizes(config, { ...DEFAULTS, headWidth: 128 });
  const bias = flag(config, ['attention_bias'], false);
  return { ...PLAIN, ...shared(config, sizes), projectionBias: bias, outBias: bias, queryKeyNorms: 'head' };
}

function shared(config: Config, sizes: DecoderSizes) {
  const window = flag(config, ['use_sliding_window'], false)
    ? unlessNull(config, 'sliding_window', (own, names) => positiveInteger(own, names, 4096))
    : null;
  const from = nonNegative(config, ['max_window_layers'], 28);
  return {
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-6),
    windows: windowsByType(config, sizes, window, (layer) => window !== null && layer >= from),
  };
}

export const qwen2Spec = llamaLayoutSpec('Qwen2', 'qwen2', parseQwen2Config);
export const qwen3Spec = llamaLayoutSpec('Qwen3', 'qwen3', parseQwen3Config);
