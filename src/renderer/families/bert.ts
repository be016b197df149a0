/** BERT (Devlin et al. 2019), and what is built like it: post-norm layers over learned positions and token types. */
import type { Activation } from '../kernels/rows/activation.ts';
import { readEncoderLayer, type EncoderLayerNames } from '../models/encoder/layer.ts';
import { encoderFamily, type EncoderParts } from '../models/encoder/load.ts';
import { readPostNorm } from '../models/encoder/post-norm.ts';
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

/** The parts of a BERT, a RoBERTa or an ELECTRA. @param padding the token that RoBERTa does not count */
export function readBert(
  read: Reader,
  config: BertConfig,
  has: (name: string) => boolean,
  {
    kind,
    headActivation,
    padding,
  }: { readonly kind: BertKind; readonly headActivation: Activation; readonly padding?: number },
): EncoderParts {
  const { width, embedding, firstPosition, layers } = config;
  return readPostNorm(read, config, has, kind, {
    positions: { first: firstPosition, ...(padding !== undefined && { padding }) },
    projection: embedding === width ? undefined : 'embeddings_project',
    layers: Array.from({ length: layers }, (_, l) =>
      readEncoderLayer(read, config, `encoder.layer.${l}`, LAYER),
    ),
    headActivation,
  });
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
