import type { TensorInfo } from '../contract.ts';
import { expectedBertTensors, matchBert, parseBertConfig, type BertConfig, type BertKind } from './bert.ts';
import { positiveInteger, type Config } from './config.ts';
import { expectLinear, storedNames } from './encoder.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

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
};

export const DISCRIMINATOR = 'discriminator_predictions';

const DEFAULTS = { hidden_size: 256, num_attention_heads: 4, intermediate_size: 1024 };

/** @throws as `parseBertConfig` */
export function parseElectraConfig(config: Config): BertConfig {
  const embedding = positiveInteger(config, ['embedding_size'], 128);
  return { ...parseBertConfig(config, ELECTRA, DEFAULTS), embedding };
}

/** Every tensor of the model; the heads where the files have them. */
function expectedElectraTensors(config: BertConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { width: D, embedding: E } = config;
  const isDiscriminator = storedNames(tensors, ELECTRA.prefixes).has(`${DISCRIMINATOR}.dense.weight`);
  return [
    ...expectedBertTensors(config, ELECTRA, tensors),
    ...(E === D ? [] : expectLinear('embeddings_project', D, E)),
    ...(isDiscriminator
      ? [
          ...expectLinear(`${DISCRIMINATOR}.dense`, D, D),
          ...expectLinear(`${DISCRIMINATOR}.dense_prediction`, 1, D),
        ]
      : []),
  ];
}

export const electraSpec: FamilySpec = {
  name: ELECTRA.name,
  modelTypes: ['electra'],
  pools: (config) => parseElectraConfig(config).width,
  check(config, tensors) {
    return matchBert(expectedElectraTensors(parseElectraConfig(config), tensors), tensors, ELECTRA.prefixes);
  },
};
