/** DistilBERT (Sanh et al. 2019): a BERT without token types, and with names of its own. */
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily } from '../models/encoder/load.ts';
import { readPostNorm } from '../models/encoder/post-norm.ts';
import { DISTILBERT, distilbertSpec, parseDistilbertConfig } from '../../common/configs/distilbert.ts';

export const distilbert = encoderFamily({
  spec: distilbertSpec,
  parse: parseDistilbertConfig,
  most: ({ positions }) => positions,
  read: (read, config, has) =>
    readPostNorm(read, config, has, DISTILBERT, {
      positions: { first: 0 },
      layers: Array.from({ length: config.layers }, (_, l) =>
        readEncoderLayer(read, config, `transformer.layer.${l}`, LAYER),
      ),
      headActivation: config.activation,
    }),
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
