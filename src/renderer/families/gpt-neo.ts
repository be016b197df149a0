import type { Family } from '../models/family.ts';
import { gptNeoSpec, parseGptNeoConfig, type GptNeoConfig } from '../../common/configs/gpt-neo.ts';
import { causalFamily, readTables, plainHead } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** GPT-Neo (Black et al. 2021), also TinyStories: GPT-2 with a window in every other layer, and scores without a scale. */
export const gptNeo: Family = causalFamily({
  spec: gptNeoSpec,
  parse: parseGptNeoConfig,
  end: 50256,
  transformer,
});

function transformer(read: Reader, config: GptNeoConfig): Transformer {
  const { layers, width, epsilon, vocabulary } = config;
  const { tokens, output } = readTables(read, config, 'wte.weight');
  return {
    stack: {
      width,
      embedding: {
        ...{ tokens, scale: 1, types: null, norm: null, projection: null },
        positions: { table: read.vector('wpe.weight'), first: 0 },
      },
      layers: Array.from({ length: layers }, (_, l) => layer(read, config, l)),
      last: read.layerNorm('ln_f', epsilon),
      causal: true,
    },
    head: plainHead(output),
    vocabulary,
  };
}

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
