/** BERT (Devlin et al. 2019), and what is built like it: post-norm layers over learned positions and token types. */
import type { Activation } from '../kernels/rows/activation.ts';
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily, readMaskedHead, readTokens, type EncoderParts } from '../models/encoder/load.ts';
import {
  BERT,
  bertSpec,
  parseBertConfig,
  type BertConfig,
  type BertKind,
} from '../../common/configs/bert.ts';
import type { Reader } from '../models/transformer/reader.ts';

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
  const table = 'embeddings.word_embeddings.weight';
  const tokens = readTokens(read, table, kind.head, has);
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
      layers: Array.from({ length: config.layers }, (_, l) =>
        readEncoderLayer(read, config, `encoder.layer.${l}`, LAYER),
      ),
      last: null,
    },
    head: () => readMaskedHead(read, kind.head, { table, tokens }, { activation: headActivation, norm, has }),
    pooler: has('pooler.dense.weight') ? read.linear('pooler.dense', { bias: true }) : null,
    discriminator: null,
  };
}

/** Names of a layer's tensors. */
const LAYER: EncoderLayerNames = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  out: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  feedForwardNorm: 'output.LayerNorm',
};
