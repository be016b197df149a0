import type { Family } from '../models/family.ts';
import { parsePhiConfig, phiSpec, type PhiConfig } from '../../common/configs/phi.ts';
import { causalFamily, readTables, plainHead, rotaryOf } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Rotary } from '../models/transformer/rotary-table.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** Phi 1, 1.5 and 2 (Li et al. 2023): both parts of a layer after one norm, a part of each head turned, a head with a bias. */
export const phi: Family = causalFamily({ spec: phiSpec, parse: parsePhiConfig, end: 2, transformer });

function transformer(read: Reader, config: PhiConfig): Transformer {
  const { layers, width, epsilon, vocabulary } = config;
  const { tokens, output } = readTables(read, config, 'embed_tokens.weight');
  const rotary = rotaryOf(config);
  const stack = {
    width,
    embedding: { tokens, scale: 1, positions: null, types: null, norm: null, projection: null },
    layers: Array.from({ length: layers }, (_, l) => layer(read, config, rotary, l)),
    last: read.layerNorm('final_layernorm', epsilon),
    causal: true,
  };
  const head = plainHead(output);
  const bias = head !== null && read.has('lm_head.bias') ? read.vector('lm_head.bias') : null;
  return { stack, head: head && { ...head, bias }, vocabulary };
}

function layer(read: Reader, config: PhiConfig, rotary: Rotary, l: number): Layer {
  const { heads, keyHeads, headWidth, epsilon, activation, headNorms } = config;
  const part = (name: string) => read.linear(`layers.${l}.${name}`, { bias: true });
  const norm = (name: string) => read.layerNorm(`layers.${l}.${name}`, epsilon);
  const before = norm('input_layernorm');
  return {
    order: 'parallel',
    attentionNorm: before,
    attention: {
      ...{ heads, keyHeads, headWidth, rotary },
      projection: {
        kind: 'separate',
        query: part('self_attn.q_proj'),
        key: part('self_attn.k_proj'),
        value: part('self_attn.v_proj'),
      },
      queryNorm: headNorms ? norm('self_attn.q_layernorm') : null,
      keyNorm: headNorms ? norm('self_attn.k_layernorm') : null,
      scale: headWidth ** -0.5,
      ...{ window: null, softCap: null },
      out: part('self_attn.dense'),
    },
    attentionOutNorm: null,
    feedForwardNorm: before,
    feedForward: { gate: null, up: part('mlp.fc1'), down: part('mlp.fc2'), activation },
    feedForwardOutNorm: null,
  };
}
