/** MPNet (Song et al. 2020): a RoBERTa without token types whose scores have a number for each distance, as T5's. */
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily, readMaskedHead, readTokens } from '../models/encoder/load.ts';
import {
  MPNET_BUCKETS,
  MPNET_HEAD,
  MPNET_PADDING,
  mpnetSpec,
  parseMpnetConfig,
} from '../../common/configs/mpnet.ts';

export const mpnet = encoderFamily({
  spec: mpnetSpec,
  parse: parseMpnetConfig,
  most: ({ positions, firstPosition }) => positions - firstPosition,
  read(read, config, has) {
    const { width, layers, epsilon, firstPosition } = config;
    const norm = (name: string) => read.layerNorm(name, epsilon);
    const table = 'embeddings.word_embeddings.weight';
    const tokens = readTokens(read, table, MPNET_HEAD, has);
    return {
      stack: {
        width,
        causal: false,
        embedding: {
          ...{ tokens, scale: 1, types: null, projection: null },
          positions: {
            table: read.vector('embeddings.position_embeddings.weight'),
            ...{ first: firstPosition, padding: MPNET_PADDING },
          },
          norm: norm('embeddings.LayerNorm'),
        },
        layers: Array.from({ length: layers }, (_, l) =>
          readEncoderLayer(read, config, `encoder.layer.${l}`, LAYER),
        ),
        last: null,
        relative: {
          table: read.vector('encoder.relative_attention_bias.weight'),
          ...{ bidirectional: true, buckets: MPNET_BUCKETS, maxDistance: 128 },
        },
      },
      head: () => readMaskedHead(read, MPNET_HEAD, { table, tokens }, { activation: 'gelu_erf', norm, has }),
      pooler: has('pooler.dense.weight') ? read.linear('pooler.dense', { bias: true }) : null,
      discriminator: null,
    };
  },
});

/** Names of a layer's tensors. */
const LAYER: EncoderLayerNames = {
  query: 'attention.attn.q',
  key: 'attention.attn.k',
  value: 'attention.attn.v',
  out: 'attention.attn.o',
  attentionNorm: 'attention.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  feedForwardNorm: 'output.LayerNorm',
};
