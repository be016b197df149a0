import type { Family } from '../models/family.ts';
import { llamaLayout } from './llama.ts';
import { parseStablelmConfig, stablelmSpec } from '../../common/configs/stablelm.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';

/** StableLM (Bellagente et al. 2024): Llama with norms that have a mean and a bias, and heads of which a part is turned. */
export const stablelm: Family = causalFamily({
  spec: stablelmSpec,
  parse: parseStablelmConfig,
  end: 0,
  transformer: (read, config) => llamaLayout(read, config),
});
