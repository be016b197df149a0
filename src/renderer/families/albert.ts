/** ALBERT (Lan et al. 2020): narrow embeddings, and layers that share their weights. */
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily, readMaskedHead, readTokens } from '../models/encoder/load.ts';
import { ALBERT_HEAD, albertLayer, albertSpec, parseAlbertConfig } from '../../common/configs/albert.ts';

export const albert = encoderFamily({
  spec: albertSpec,
  parse: parseAlbertConfig,
  most: ({ positions }) => positions,
  read(read, config, has) {
    const { width, layers, groups, epsilon, activation } = config;
    const norm = (name: string) => read.layerNorm(name, epsilon);
    const table = 'embeddings.word_embeddings.weight';
    const tokens = readTokens(read, table, ALBERT_HEAD, has);
    const own = Array.from({ length: groups }, (_, group) =>
      readEncoderLayer(read, config, albertLayer(group), LAYER),
    );
    return {
      stack: {
        width,
        causal: false,
        embedding: {
          ...{ tokens, scale: 1 },
          positions: { table: read.vector('embeddings.position_embeddings.weight'), first: 0 },
          types: read.matrix('embeddings.token_type_embeddings.weight'),
          norm: norm('embeddings.LayerNorm'),
          projection: read.linear('encoder.embedding_hidden_mapping_in', { bias: true }),
        },
        layers: Array.from({ length: layers }, (_, l) => own[Math.floor(l / (layers / groups))] ?? []).flat(),
        last: null,
      },
      head: () => readMaskedHead(read, ALBERT_HEAD, { table, tokens }, { activation, norm, has }),
      pooler: has('pooler.weight') ? read.linear('pooler', { bias: true }) : null,
      discriminator: null,
    };
  },
});

/** Names of a layer's tensors. */
const LAYER: EncoderLayerNames = {
  query: 'attention.query',
  key: 'attention.key',
  value: 'attention.value',
  out: 'attention.dense',
  attentionNorm: 'attention.LayerNorm',
  up: 'ffn',
  down: 'ffn_output',
  feedForwardNorm: 'full_layer_layer_norm',
};
