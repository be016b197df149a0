/** BERT (Devlin et al. 2019), and what is built like it: post-norm layers over learned positions and token types. */
import type { Activation } from '../kernels/activation.ts';
import { encoderFamily, readMaskedHead, type EncoderParts } from './encoder/load.ts';
import { BERT, bertSpec, parseBertConfig, type BertConfig, type BertKind } from './spec/bert.ts';
import type { Reader } from './transformer/reader.ts';
import type { Layer } from './transformer/stack.ts';

export const bert = encoderFamily({
  spec: bertSpec,
  parse: (config) => parseBertConfig(config),
  most: ({ positions }) => positions,
  read: (read, config, has) => readBert(read, config, has, { kind: BERT, headActivation: config.activation }),
});

/** The parts of a BERT, a RoBERTa or an ELECTRA. */
export function readBert(
  read: Reader,
  config: BertConfig,
  has: (name: string) => boolean,
  { kind, headActivation }: { readonly kind: BertKind; readonly headActivation: Activation },
): EncoderParts {
  const { width, embedding, epsilon } = config;
  const norm = (name: string) => read.layerNorm(name, epsilon);
  const tokens = read.matrix('embeddings.word_embeddings.weight');
  return {
    stack: {
      width,
      causal: false,
      embedding: {
        tokens,
        scale: 1,
        positions: {
          table: read.vector('embeddings.position_embeddings.weight'),
          first: config.firstPosition,
        },
        types: read.matrix('embeddings.token_type_embeddings.weight'),
        norm: norm('embeddings.LayerNorm'),
        projection: embedding === width ? null : read.linear('embeddings_project', { bias: true }),
      },
      layers: Array.from({ length: config.layers }, (_, l) => readLayer(read, config, `encoder.layer.${l}`)),
      last: null,
    },
    head: readMaskedHead(read, kind.head, tokens, { activation: headActivation, norm, has }),
    pooler: has('pooler.dense.weight') ? read.linear('pooler.dense', { bias: true }) : null,
    discriminator: null,
  };
}

function readLayer(read: Reader, { width, heads, activation, epsilon }: BertConfig, name: string): Layer {
  const linear = (part: string) => read.linear(`${name}.${part}`, { bias: true });
  const headWidth = width / heads;
  return {
    order: 'norm-last',
    attention: {
      ...{ heads, keyHeads: heads, headWidth },
      projection: {
        kind: 'separate',
        query: linear('attention.self.query'),
        key: linear('attention.self.key'),
        value: linear('attention.self.value'),
      },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
      scale: 1 / Math.sqrt(headWidth),
      out: linear('attention.output.dense'),
    },
    attentionNorm: read.layerNorm(`${name}.attention.output.LayerNorm`, epsilon),
    feedForward: {
      ...{ gate: null, activation },
      up: linear('intermediate.dense'),
      down: linear('output.dense'),
    },
    feedForwardNorm: read.layerNorm(`${name}.output.LayerNorm`, epsilon),
    ...{ attentionOutNorm: null, feedForwardOutNorm: null },
  };
}
