import { activation, badField, flag, nonNegative, positiveInteger, type Config } from './config.ts';
import { parseSizes, windowsByType } from './decoder.ts';
import { llamaLayoutSpec, PLAIN, type LlamaConfig } from './llama.ts';

/** Llama with layers that do not turn. @throws HeadgateError `bad-config`, `unknown-activation` or `unknown-rope-type`. */
export function parseSmollm3Config(config: Config): LlamaConfig {
  const sizes = parseSizes(config, {
    vocabulary: 128256,
    width: 2048,
    layers: 36,
    heads: 16,
    keyHeads: 4,
    headWidth: null,
    inner: 11008,
    positions: 32768,
    tied: true,
    rope: { theta: 'rope_theta', share: null, otherwise: 2_000_000 },
  });
  const turns = layersThatTurn(config, sizes.layers);
  const isWindowed =
    flag(config, ['use_sliding_window'], false) && (config['sliding_window'] ?? null) !== null;
  const window = isWindowed ? positiveInteger(config, ['sliding_window']) : null;
  const bias = flag(config, ['attention_bias'], false);
  return {
    ...PLAIN,
    ...sizes,
    activation: activation(config, ['hidden_act'], 'silu'),
    epsilon: nonNegative(config, ['rms_norm_eps'], 1e-6),
    windows: windowsByType(config, sizes, window, (layer) => window !== null && turns[layer] === false),
    ropes: turns.map((isTurned) => (isTurned ? sizes.rope : null)),
    ...{ projectionBias: bias, outBias: bias },
    feedForwardBias: flag(config, ['mlp_bias'], false),
  };
}

/** `no_rope_layers`, which says 1 for the layers that do turn; or all but every fourth. */
function layersThatTurn(config: Config, layers: number): readonly boolean[] {
  const given = config['no_rope_layers'] ?? null;
  if (given === null) {
    const every = positiveInteger(config, ['no_rope_layer_interval'], 4);
    return Array.from({ length: layers }, (_, l) => (l + 1) % every !== 0);
  }
  const isTold = (value: unknown) => value === 0 || value === 1;
  if (Array.isArray(given) && given.length === layers && given.every(isTold))
    return given.map((value) => value === 1);
  throw badField('no_rope_layers', given, `a list of ${layers} numbers, each 0 or 1`);
}

export const smollm3Spec = llamaLayoutSpec('SmolLM 3', 'smollm3', parseSmollm3Config, 128004);
