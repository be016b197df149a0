import { activation, flag, layerCount, positiveInteger, requireDivisor, type Config } from './config.ts';
import { refuseVariants, type EncoderConfig } from './encoder.ts';
import { aroundLayers, encoderSpec, type EncoderNames } from './encoder-spec.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import { SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { ExpectedTensor } from './spec.ts';

export const DISTILBERT: EncoderNames = {
  prefixes: ['distilbert.'],
  head: {
    dense: 'vocab_transform',
    norm: 'vocab_layer_norm',
    decoder: 'vocab_projector',
    biases: ['vocab_projector.bias'],
  },
  pooler: null,
};

/**
 * DistilBERT's config.json, checked; what is absent has Transformers' defaults.
 * @throws HeadgateError `bad-config`, `unknown-activation` or `unsupported-config` naming the field.
 */
export function parseDistilbertConfig(config: Config): EncoderConfig {
  refuseVariants(config, 'DistilBERT');
  const width = positiveInteger(config, ['dim', 'hidden_size'], 768);
  const heads = positiveInteger(config, ['n_heads', 'num_attention_heads'], 12);
  requireDivisor(config, ['n_heads', 'num_attention_heads'], heads, 'dim', width);
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], 30522),
    positions: positiveInteger(config, ['max_position_embeddings'], 512),
    width,
    layers: layerCount(config, ['n_layers', 'num_hidden_layers'], 6),
    heads,
    inner: positiveInteger(config, ['hidden_dim'], 3072),
    activation: activation(config, ['activation'], 'gelu'),
    epsilon: 1e-12,
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

/** What is between the token table and the head, named as in a bare DistilBertModel. */
function expectedDistilbertLayers(config: EncoderConfig): ExpectedTensor[] {
  const { positions: P, width: D, inner: I, layers } = config;
  const layer = (name: string) => [
    ...['q_lin', 'k_lin', 'v_lin', 'out_lin'].flatMap((part) =>
      expectLinear(`${name}.attention.${part}`, D, D),
    ),
    ...expectNorm(`${name}.sa_layer_norm`, D),
    ...expectLinear(`${name}.ffn.lin1`, I, D),
    ...expectLinear(`${name}.ffn.lin2`, D, I),
    ...expectNorm(`${name}.output_layer_norm`, D),
  ];
  return [
    expect('embeddings.position_embeddings.weight', P, D),
    ...expectNorm('embeddings.LayerNorm', D),
    ...Array.from({ length: layers }, (_, l) => layer(`transformer.layer.${l}`)).flat(),
  ];
}

const LABELS = [
  textHead('first', ['pre_classifier', 'relu'], 'classifier'),
  tokenHead('classifier'),
  SPAN_HEAD,
];

export const distilbertSpec = encoderSpec({
  name: 'DistilBERT',
  modelTypes: ['distilbert'],
  ...DISTILBERT,
  parse: parseDistilbertConfig,
  expected: (config, tensors) => aroundLayers(DISTILBERT, config, expectedDistilbertLayers(config), tensors),
  labels: () => LABELS,
});
