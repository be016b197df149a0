import type { Family } from '../models/family.ts';
import type { DecoderConfig } from '../../common/configs/decoder.ts';
import { parsePhi3Config, phi3Spec } from '../../common/configs/phi3.ts';
import { causalFamily, readTables, plainHead, rotaryOf } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Rotary } from '../models/transformer/rotary-table.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** Phi-3 and 3.5 (Abdin et al. 2024): Llama with q, k, v in one tensor, gate and up in one, and longrope. */
export const phi3: Family = causalFamily({ spec: phi3Spec, parse: parsePhi3Config, end: 32000, transformer });

function transformer(read: Reader, config: DecoderConfig): Transformer {
  const { layers, width, epsilon, vocabulary } = config;
  const { tokens, output } = readTables(read, config, 'embed_tokens.weight');
  const rotary = rotaryOf(config);
  return {
    stack: {
      width,
      embedding: { tokens, scale: 1, positions: null, types: null, norm: null, projection: null },
      layers: Array.from({ length: layers }, (_, l) => layer(read, config, rotary, l)),
      last: read.rmsNorm('norm', epsilon),
      causal: true,
    },
    head: plainHead(output),
    vocabulary,
  };
}

function layer(read: Reader, config: DecoderConfig, rotary: Rotary, l: number): Layer {
  const { heads, keyHeads, headWidth: d, epsilon, activation, windows, inner } = config;
  const own = `layers.${l}`;
  const rows = (name: string, from: number, to: number) =>
    read.linear(`${own}.${name}`, { bias: false, outputs: [from, to] });
  const [keys, values, end] = [heads * d, (heads + keyHeads) * d, (heads + 2 * keyHeads) * d];
  return {
    order: 'norm-first',
    attentionNorm: read.rmsNorm(`${own}.input_layernorm`, epsilon),
    attention: {
      ...{ heads, keyHeads, headWidth: d, rotary },
      projection: {
        kind: 'separate',
        query: rows('self_attn.qkv_proj', 0, keys),
        key: rows('self_attn.qkv_proj', keys, values),
        value: rows('self_attn.qkv_proj', values, end),
      },
      ...{ queryNorm: null, keyNorm: null, softCap: null },
      scale: d ** -0.5,
      window: windows[l] ?? null,
      out: read.linear(`${own}.self_attn.o_proj`, { bias: false }),
    },
    attentionOutNorm: null,
    feedForwardNorm: read.rmsNorm(`${own}.post_attention_layernorm`, epsilon),
    feedForward: {
      gate: rows('mlp.gate_up_proj', 0, inner),
      up: rows('mlp.gate_up_proj', inner, 2 * inner),
      down: read.linear(`${own}.mlp.down_proj`, { bias: false }),
      activation,
    },
    feedForwardOutNorm: null,
  };
}
