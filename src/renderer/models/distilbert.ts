/** DistilBERT (Sanh et al. 2019): a BERT without token types, and with names of its own. */
import { encoderFamily, readMaskedHead } from './encoder/load.ts';
import { DISTILBERT_HEAD, distilbertSpec, parseDistilbertConfig } from './spec/distilbert.ts';
import type { EncoderConfig } from './spec/encoder.ts';
import type { Reader } from './transformer/reader.ts';
import type { Layer } from './transformer/stack.ts';

export const distilbert = encoderFamily({
  spec: distilbertSpec,
  parse: parseDistilbertConfig,
  most: ({ positions }) => positions,
  read(read, config, has) {
    const { width, layers, activation, epsilon } = config;
    const norm = (name: string) => read.layerNorm(name, epsilon);
    const tokens = read.matrix('embeddings.word_embeddings.weight');
    return {
      stack: {
        width,
        causal: false,
        embedding: {
          tokens,
          scale: 1,
          positions: { table: read.vector('embeddings.position_embeddings.weight'), first: 0 },
          types: null,
          norm: norm('embeddings.LayerNorm'),
          projection: null,
        },
        layers: Array.from({ length: layers }, (_, l) => readLayer(read, config, `transformer.layer.${l}`)),
        last: null,
      },
      head: readMaskedHead(read, DISTILBERT_HEAD, tokens, { activation, norm, has }),
      pooler: null,
      discriminator: null,
    };
  },
});

function readLayer(read: Reader, { width, heads, activation, epsilon }: EncoderConfig, name: string): Layer {
  const linear = (part: string) => read.linear(`${name}.${part}`, { bias: true });
  const headWidth = width / heads;
  return {
    order: 'norm-last',
    attention: {
      ...{ heads, keyHeads: heads, headWidth },
      projection: {
        kind: 'separate',
        query: linear('attention.q_lin'),
        key: linear('attention.k_lin'),
        value: linear('attention.v_lin'),
      },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
      scale: 1 / Math.sqrt(headWidth),
      out: linear('attention.out_lin'),
    },
    attentionNorm: read.layerNorm(`${name}.sa_layer_norm`, epsilon),
    feedForward: { ...{ gate: null, activation }, up: linear('ffn.lin1'), down: linear('ffn.lin2') },
    feedForwardNorm: read.layerNorm(`${name}.output_layer_norm`, epsilon),
    ...{ attentionOutNorm: null, feedForwardOutNorm: null },
  };
}
