import { activation, nonNegative, positiveInteger, unlessNull, type Config } from './config.ts';
import { everyLayer, parseSizes } from './decoder.ts';
import { llamaLayoutSpec, PLAIN, type LlamaConfig } from './llama.ts';

/** Llama with a sliding window. @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type`. */
export function parseMistralConfig(config: Config): LlamaConfig {
  const sizes = parseSizes(config, {
    vocabulary: 32000,
    width: 4096,
    layers: 32,
    heads: 32,
    keyHeads: 8,
    headWidth: null,
    inner: 14336,
    positions: 131072,
    tied: false,
  });
  const window = unlessNull(config, 'sliding_window', (own, names) => positiveInteger(own, names, 4096));
  return {
    ...PLAIN,
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-6),
    windows: everyLayer(sizes, window),
  };
}

export const mistralSpec = llamaLayoutSpec('Mistral', 'mistral', parseMistralConfig);
