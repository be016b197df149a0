import { HeadgateError } from '../error.ts';
import { activation, flag, nonNegative, type Config } from './config.ts';
import { everyLayer, parseSizes, requirePairs } from './decoder.ts';
import { llamaLayoutSpec, PLAIN, type LlamaConfig } from './llama.ts';

/**
 * Llama with norms that have a mean and a bias, and heads of which a part is turned.
 * @throws HeadgateError `bad-config`, `unsupported-config`, `unknown-activation` or `unknown-rope-type`.
 */
export function parseStablelmConfig(config: Config): LlamaConfig {
  for (const field of ['qk_layernorm', 'use_parallel_residual'])
    if (flag(config, [field], false))
      throw new HeadgateError(
        'unsupported-config',
        `config.json: “${field}” is true; such a StableLM is not run.`,
        'Of the published models stablelm-2-1_6b, stablelm-zephyr-3b and stablelm-3b-4e1t run.',
      );
  const sizes = parseSizes(config, {
    vocabulary: 50304,
    width: 2560,
    layers: 32,
    heads: 32,
    keyHeads: 32,
    headWidth: 'fixed',
    inner: 6912,
    positions: 4096,
    tied: false,
    rope: { theta: 'rope_theta', share: { name: 'partial_rotary_factor', otherwise: 0.25 } },
  });
  requirePairs(sizes);
  return {
    ...PLAIN,
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['layer_norm_eps'], 1e-5),
    windows: everyLayer(sizes, null),
    ...{ projectionBias: flag(config, ['use_qkv_bias'], false), normKind: 'layer' },
  };
}

export const stablelmSpec = llamaLayoutSpec('StableLM', 'stablelm', parseStablelmConfig);
