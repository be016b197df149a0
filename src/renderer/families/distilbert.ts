/** DistilBERT (Sanh et al. 2019): a BERT without token types, and with names of its own. */
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily, readMaskedHead, readTokens } from '../models/encoder/load.ts';
import { DISTILBERT_HEAD, distilbertSpec, parseDistilbertConfig } from '../../common/configs/distilbert.ts';

export const distilbert = encoderFamily({
  spec: distilbertSpec,
  parse: parseDistilbertConfig,
  most: ({ positions }) => positions,
  read(read, config, has) {
    const { width, layers, activation, epsilon } = config;
    const norm = (name: string) => read.layerNorm(name, epsilon);
    const table = 'embeddings.word_embeddings.weight';
    const tokens = readTokens(read, table, DISTILBERT_HEAD, has);
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
        layers: Array.from({ length: layers }, (_, l) =>
          readEncoderLayer(read, config, `transformer.layer.${l}`, LAYER),
        ),
        last: null,
      },
      head: () => readMaskedHead(read, DISTILBERT_HEAD, { table, tokens }, { activation, norm, has }),
      pooler: null,
      discriminator: null,
    };
  },
});

/** Names of a layer's tensors. */
const LAYER: EncoderLayerNames = {
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  out: 'attention.out_lin',
  attentionNorm: 'sa_layer_norm',
  up: 'ffn.lin1',
  down: 'ffn.lin2',
  feedForwardNorm: 'output_layer_norm',
};
