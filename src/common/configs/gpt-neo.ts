import type { TensorInfo } from '../contract.ts';
import {
  activation,
  badField,
  flag,
  layerCount,
  nonNegative,
  positiveInteger,
  requireDivisor,
  type ActivationName,
  type Config,
} from './config.ts';
import { decoderSpec } from './decoder.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import type { StackSizes } from './sizes.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';
import { tokenTables } from './tables.ts';

/** GPT-Neo's config.json, checked; what is absent has Transformers' defaults. */
export interface GptNeoConfig extends StackSizes {
  readonly activation: ActivationName;
  readonly epsilon: number;
  /** By layer: how many tokens a query sees, itself included; null: all. */
  readonly windows: readonly (number | null)[];
}

/** @throws HeadgateError `bad-config` or `unknown-activation` naming the field. */
export function parseGptNeoConfig(config: Config): GptNeoConfig {
  const width = positiveInteger(config, ['hidden_size'], 2048);
  const heads = positiveInteger(config, ['num_heads', 'num_attention_heads'], 16);
  requireDivisor(config, ['num_heads', 'num_attention_heads'], heads, 'hidden_size', width);
  const layers = layerCount(config, ['num_layers', 'num_hidden_layers'], 24);
  const window = positiveInteger(config, ['window_size'], 256);
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], 50257),
    positions: positiveInteger(config, ['max_position_embeddings'], 2048),
    width,
    layers,
    heads,
    inner: positiveInteger(config, ['intermediate_size'], 4 * width),
    activation: activation(config, ['activation_function'], 'gelu_new'),
    epsilon: nonNegative(config, ['layer_norm_epsilon'], 1e-5),
    windows: layerKinds(config, layers).map((kind) => (kind === 'local' ? window : null)),
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

/** `attention_types`, a list of pairs: kinds of layers, and how often these follow one another. */
function layerKinds(config: Config, layers: number): readonly ('global' | 'local')[] {
  const given = config['attention_types'] ?? [[['global', 'local'], layers / 2]];
  const wrong = badField(
    'attention_types',
    given,
    `a list like [[["global", "local"], ${Math.ceil(layers / 2)}]] that tells each of the ${layers} layers`,
  );
  if (!Array.isArray(given)) throw wrong;
  const kinds: ('global' | 'local')[] = [];
  for (const item of given as readonly unknown[]) {
    const [names, times]: readonly unknown[] = Array.isArray(item) ? item : [];
    const isTold =
      Array.isArray(names) &&
      names.length > 0 &&
      names.every((name) => name === 'global' || name === 'local');
    if (!isTold || typeof times !== 'number' || !(times * names.length <= layers)) throw wrong;
    for (let i = 0; i < times; i++) kinds.push(...(names as ('global' | 'local')[]));
  }
  if (kinds.length !== layers) throw wrong;
  return kinds;
}

const PREFIXES = ['transformer.'];

/** Every tensor of the model, named as in a bare GPTNeoModel. */
function expectedGptNeoTensors(config: GptNeoConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { vocabulary: V, positions: P, width: D, inner: I, layers } = config;
  const layer = (l: number) => [
    ...expectNorm(`h.${l}.ln_1`, D),
    ...['q', 'k', 'v'].flatMap((part) => expectLinear(`h.${l}.attn.attention.${part}_proj`, D, D, false)),
    ...expectLinear(`h.${l}.attn.attention.out_proj`, D, D),
    ...expectNorm(`h.${l}.ln_2`, D),
    ...expectLinear(`h.${l}.mlp.c_fc`, I, D),
    ...expectLinear(`h.${l}.mlp.c_proj`, D, I),
  ];
  return [
    ...tokenTables({ table: 'wte.weight', tied: config.tied, isBare: false }, [V, D], tensors, PREFIXES),
    expect('wpe.weight', P, D),
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ...expectNorm('ln_f', D),
  ];
}

export const gptNeoSpec: FamilySpec = {
  name: 'GPT-Neo',
  modelTypes: ['gpt_neo'],
  ...decoderSpec({
    parse: parseGptNeoConfig,
    expected: expectedGptNeoTensors,
    prefixes: PREFIXES,
    // Masks that older versions saved as buffers.
    ignored: /^h\.\d+\.attn\.attention\.(masked_bias|bias)$/,
  }),
};
