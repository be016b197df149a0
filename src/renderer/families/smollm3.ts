import type { Family } from '../models/family.ts';
import { llamaLayout } from './llama.ts';
import { parseSmollm3Config, smollm3Spec } from '../../common/configs/smollm3.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';

/** SmolLM 3 (Bakouch et al. 2025): Llama whose every fourth layer knows no positions. */
export const smollm3: Family = causalFamily({
  spec: smollm3Spec,
  parse: parseSmollm3Config,
  end: 128001,
  transformer: (read, config) => llamaLayout(read, config),
});
