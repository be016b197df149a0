import type { Family } from './family.ts';
import { llamaLayout } from './llama.ts';
import { mistralSpec, parseMistralConfig } from './spec/mistral.ts';
import { causalFamily } from './transformer/causal-family.ts';

/** Mistral (Jiang et al. 2023): Llama with a sliding window in every layer. */
export const mistral: Family = causalFamily({
  spec: mistralSpec,
  parse: parseMistralConfig,
  end: 2,
  transformer: (read, config) => llamaLayout(read, config),
});
