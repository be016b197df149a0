import type { TensorInfo } from '../contract.ts';
import { bertLikeSpec, parseBertConfig, type BertConfig, type BertKind } from './bert.ts';
import { positiveInteger, type Config } from './config.ts';
import { storedNames } from './encoder.ts';
import { expectLinear } from './expected.ts';
import { SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';
import type { ExpectedTensor } from './spec.ts';

/** The generator's head; the discriminator has one of its own. */
export const ELECTRA: BertKind = {
  name: 'ELECTRA',
  prefixes: ['electra.'],
  head: {
    dense: 'generator_predictions.dense',
    norm: 'generator_predictions.LayerNorm',
    decoder: 'generator_lm_head',
    biases: ['generator_lm_head.bias'],
  },
  pooler: 'pooler.dense',
  labels: [
    textHead('first', ['classifier.dense', 'gelu_erf'], 'classifier.out_proj'),
    tokenHead('classifier'),
    SPAN_HEAD,
  ],
};

export const DISCRIMINATOR = 'discriminator_predictions';

const DEFAULTS = { hidden_size: 256, num_attention_heads: 4, intermediate_size: 1024 };

/** @throws as `parseBertConfig` */
export function parseElectraConfig(config: Config): BertConfig {
  const embedding = positiveInteger(config, ['embedding_size'], 128);
  return { ...parseBertConfig(config, ELECTRA, DEFAULTS), embedding };
}

/** What ELECTRA has beside BERT's tensors: a projection where the embeddings are narrower, and a discriminator. */
function moreTensors(
  { width: D, embedding: E }: BertConfig,
  tensors: readonly TensorInfo[],
): ExpectedTensor[] {
  const isDiscriminator = storedNames(tensors, ELECTRA.prefixes).has(`${DISCRIMINATOR}.dense.weight`);
  return [
    ...(E === D ? [] : expectLinear('embeddings_project', D, E)),
    ...(isDiscriminator
      ? [
          ...expectLinear(`${DISCRIMINATOR}.dense`, D, D),
          ...expectLinear(`${DISCRIMINATOR}.dense_prediction`, 1, D),
        ]
      : []),
  ];
}

export const electraSpec = bertLikeSpec(ELECTRA, ['electra'], parseElectraConfig, moreTensors);
