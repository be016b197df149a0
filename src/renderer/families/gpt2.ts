import type { Family } from '../models/family.ts';
import { gpt2Spec, parseGpt2Config, type Gpt2Config } from '../../common/configs/gpt2.ts';
import type { StackSizes } from '../../common/configs/sizes.ts';
import { causalFamily, readTables, plainHead } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** GPT-2 (Radford et al. 2019): learned positions, norms before each part, q, k and v from one projection. */
export const gpt2: Family = causalFamily({
  spec: gpt2Spec,
  parse: parseGpt2Config,
  end: 50256,
  transformer: (read, config) => gpt2Layout(read, config, (l) => layer(read, config, l)),
});

/** A model with GPT-2's names around its layers: GPT-2 itself, and GPT-Neo. @param layer reads layer l */
export function gpt2Layout(
  read: Reader,
  { layers, width, epsilon, vocabulary, tied }: StackSizes & { readonly epsilon: number },
  layer: (l: number) => Layer,
): Transformer {
  const { tokens, output } = readTables(read, { tied }, 'wte.weight');
  return {
    stack: {
      width,
      embedding: {
        ...{ tokens, scale: 1, types: null, norm: null, projection: null },
        positions: { table: read.vector('wpe.weight'), first: 0 },
      },
      layers: Array.from({ length: layers }, (_, l) => layer(l)),
      last: read.layerNorm('ln_f', epsilon),
      causal: true,
    },
    head: plainHead(output),
    vocabulary,
  };
}

function layer(read: Reader, config: Gpt2Config, l: number): Layer {
  const { width, heads, epsilon, activation, scaleByWidth, scaleByLayer } = config;
  const headWidth = width / heads;
  // Conv1D: [inputs, outputs].
  const linear = (name: string) => read.linear(`h.${l}.${name}`, { bias: true, byInput: true });
  return {
    order: 'norm-first',
    attentionNorm: read.layerNorm(`h.${l}.ln_1`, epsilon),
    attention: {
      ...{ heads, headWidth, keyHeads: heads },
      projection: { kind: 'packed', qkv: linear('attn.c_attn'), byHead: false },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
      scale: (scaleByWidth ? headWidth ** -0.5 : 1) / (scaleByLayer ? l + 1 : 1),
      out: linear('attn.c_proj'),
    },
    attentionOutNorm: null,
    feedForwardNorm: read.layerNorm(`h.${l}.ln_2`, epsilon),
    feedForward: { gate: null, up: linear('mlp.c_fc'), down: linear('mlp.c_proj'), activation },
    feedForwardOutNorm: null,
  };
}
