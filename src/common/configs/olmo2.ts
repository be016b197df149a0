import { activation, flag, nonNegative, type Config } from './config.ts';
import { everyLayer, parseSizes } from './decoder.ts';
import { LLAMA_DEFAULTS, llamaLayoutSpec, PLAIN, type LlamaConfig } from './llama.ts';

/** Llama with norms behind its parts. @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type`. */
export function parseOlmo2Config(config: Config): LlamaConfig {
  const sizes = parseSizes(config, { ...LLAMA_DEFAULTS, vocabulary: 50304 });
  const bias = flag(config, ['attention_bias'], false);
  return {
    ...PLAIN,
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-5),
    windows: everyLayer(sizes, null),
    ...{ projectionBias: bias, outBias: bias, norms: 'after', queryKeyNorms: 'all' },
  };
}

export const olmo2Spec = llamaLayoutSpec('OLMo 2', 'olmo2', parseOlmo2Config, 1);
