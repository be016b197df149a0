import type { TensorInfo } from '../contract.ts';
import { BART_PREFIXES, expectedBartLayers, parseBartConfig, type BartConfig } from './bart.ts';
import { flag, positiveInteger, type Config } from './config.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec, StartRules } from './spec.ts';

/**
 * Marian's config.json, checked; what is absent has Transformers' defaults.
 * @throws HeadgateError `bad-config` or `unknown-activation` naming the field.
 */
export function parseMarianConfig(config: Config): BartConfig {
  const vocabulary = positiveInteger(config, ['vocab_size'], 58101);
  const shared = flag(config, ['share_encoder_decoder_embeddings'], true);
  return {
    ...parseBartConfig({ ...config, vocab_size: vocabulary }),
    outputs: shared ? vocabulary : positiveInteger(config, ['decoder_vocab_size'], vocabulary),
    shared,
  };
}

/** Every tensor of the model, named as in MarianModel. */
function expectedMarianTensors(config: BartConfig, tensors: readonly TensorInfo[]): ExpectedTensor[] {
  const { positions, width: D } = config;
  return [
    ...expectedBartLayers(config, tensors),
    // Sines and cosines; computed where the files do not have them.
    ...['encoder', 'decoder'].map((side) => ({
      name: `${side}.embed_positions.weight`,
      shape: [positions, D],
      optional: true,
      isBuffer: true,
    })),
  ];
}

/** What Transformers takes for granted of writing where no file says it. */
export const MARIAN_START: StartRules = {
  defaults: { decoder_start_token_id: 58100, eos_token_id: 0, forced_eos_token_id: 0 },
  outputs: (config) => parseMarianConfig(config).outputs,
};

export const marianSpec: FamilySpec = {
  name: 'Marian',
  modelTypes: ['marian'],
  generation: { start: MARIAN_START },
  check(config, tensors) {
    return matchTensors(expectedMarianTensors(parseMarianConfig(config), tensors), tensors, {
      prefixes: BART_PREFIXES,
      ignored: /(?!)/,
    });
  },
};
