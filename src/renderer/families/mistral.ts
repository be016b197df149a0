import type { Family } from '../models/family.ts';
import { llamaLayout } from './llama.ts';
import { mistralSpec, parseMistralConfig } from '../../common/configs/mistral.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';

/** Mistral (Jiang et al. 2023): Llama with a sliding window in every layer. */
export const mistral: Family = causalFamily({
  spec: mistralSpec,
  parse: parseMistralConfig,
  end: 2,
  transformer: (read, config) => llamaLayout(read, config),
});
