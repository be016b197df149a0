import type { Family } from '../models/family.ts';
import { llamaLayout } from './llama.ts';
import { parseQwen2Config, parseQwen3Config, qwen2Spec, qwen3Spec } from '../../common/configs/qwen.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';

/** Qwen2 and 2.5 (Yang et al. 2024): Llama with biases of q, k and v; windows in its upper layers where they are used. */
export const qwen2: Family = causalFamily({
  spec: qwen2Spec,
  parse: parseQwen2Config,
  end: null,
  transformer: (read, config) => llamaLayout(read, config),
});

/** Qwen3 (Yang et al. 2025): Llama whose heads' q and k are normed before they are turned. */
export const qwen3: Family = causalFamily({
  spec: qwen3Spec,
  parse: parseQwen3Config,
  end: null,
  transformer: (read, config) => llamaLayout(read, config),
});
