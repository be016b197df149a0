/** MPNet (Song et al. 2020): a RoBERTa without token types whose scores have a number for each distance, as T5's. */
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily } from '../models/encoder/load.ts';
import { readPostNorm } from '../models/encoder/post-norm.ts';
import {
  MPNET,
  MPNET_BUCKETS,
  MPNET_PADDING,
  mpnetSpec,
  parseMpnetConfig,
} from '../../common/configs/mpnet.ts';

export const mpnet = encoderFamily({
  spec: mpnetSpec,
  parse: parseMpnetConfig,
  most: ({ positions, firstPosition }) => positions - firstPosition,
  read: (read, config, has) =>
    readPostNorm(read, config, has, MPNET, {
      positions: { first: config.firstPosition, padding: MPNET_PADDING },
      layers: Array.from({ length: config.layers }, (_, l) =>
        readEncoderLayer(read, config, `encoder.layer.${l}`, LAYER),
      ),
      relative: {
        table: read.vector('encoder.relative_attention_bias.weight'),
        ...{ bidirectional: true, buckets: MPNET_BUCKETS, maxDistance: 128 },
      },
      headActivation: 'gelu_erf',
    }),
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
