/** ALBERT (Lan et al. 2020): narrow embeddings, and layers that share their weights. */
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily } from '../models/encoder/load.ts';
import { readPostNorm } from '../models/encoder/post-norm.ts';
import { ALBERT, albertLayer, albertSpec, parseAlbertConfig } from '../../common/configs/albert.ts';

export const albert = encoderFamily({
  spec: albertSpec,
  parse: parseAlbertConfig,
  most: ({ positions }) => positions,
  read(read, config, has) {
    const { layers, groups, activation } = config;
    const own = Array.from({ length: groups }, (_, group) =>
      readEncoderLayer(read, config, albertLayer(group), LAYER),
    );
    return readPostNorm(read, config, has, ALBERT, {
      positions: { first: 0 },
      projection: 'encoder.embedding_hidden_mapping_in',
      layers: Array.from({ length: layers }, (_, l) => own[Math.floor(l / (layers / groups))] ?? []).flat(),
      headActivation: activation,
    });
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
