import type { Family } from '../models/family.ts';
import { llamaLayout } from './llama.ts';
import { parseOlmo2Config, olmo2Spec } from '../../common/configs/olmo2.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';

/** OLMo 2 (OLMo et al. 2025): Llama with norms behind its parts, and q and k normed over all heads. */
export const olmo2: Family = causalFamily({
  spec: olmo2Spec,
  parse: parseOlmo2Config,
  end: 50279,
  transformer: (read, config) => llamaLayout(read, config),
});
