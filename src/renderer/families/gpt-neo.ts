import type { Family } from '../models/family.ts';
import { gpt2Layout } from './gpt2.ts';
import { gptNeoSpec, parseGptNeoConfig, type GptNeoConfig } from '../../common/configs/gpt-neo.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** GPT-Neo (Black et al. 2021), also TinyStories: GPT-2 with a window in every other layer, and scores without a scale. */
export const gptNeo: Family = causalFamily({
  spec: gptNeoSpec,
  parse: parseGptNeoConfig,
  end: 50256,
  transformer: (read, config) => gpt2Layout(read, config, (l) => layer(read, config, l)),
});

function layer(read: Reader, config: GptNeoConfig, l: number): Layer {
  const { width, heads, epsilon, activation, windows } = config;
  const plain = (name: string) => read.linear(`h.${l}.attn.attention.${name}`, { bias: false });
  const biased = (name: string) => read.linear(`h.${l}.${name}`, { bias: true });
  return {
    order: 'norm-first',
    attentionNorm: read.layerNorm(`h.${l}.ln_1`, epsilon),
    attention: {
      ...{ heads, headWidth: width / heads, keyHeads: heads, scale: 1, window: windows[l] ?? null },
      projection: {
        kind: 'separate',
        query: plain('q_proj'),
        key: plain('k_proj'),
        value: plain('v_proj'),
      },
      ...{ queryNorm: null, keyNorm: null, rotary: null, softCap: null },
      out: biased('attn.attention.out_proj'),
    },
    attentionOutNorm: null,
    feedForwardNorm: read.layerNorm(`h.${l}.ln_2`, epsilon),
    feedForward: { gate: null, up: biased('mlp.c_fc'), down: biased('mlp.c_proj'), activation },
    feedForwardOutNorm: null,
  };
}
