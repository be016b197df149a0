import type { Family } from '../models/family.ts';
import { OPT_FIRST_POSITION, optSpec, parseOptConfig, type OptConfig } from '../../common/configs/opt.ts';
import { causalFamily, readTables, plainHead } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** OPT (Zhang et al. 2022): learned positions, rectified feed-forward parts, BART's names. */
export const opt: Family = causalFamily({
  spec: optSpec,
  parse: parseOptConfig,
  end: 2,
  transformer,
});

const EPSILON = 1e-5;

function transformer(read: Reader, config: OptConfig): Transformer {
  const { layers, width, vocabulary, lastNorm } = config;
  const { tokens, output } = readTables(read, config, 'embed_tokens.weight');
  return {
    stack: {
      width,
      embedding: {
        ...{ tokens, scale: 1, types: null, norm: null, projection: null },
        positions: { table: read.vector('embed_positions.weight'), first: OPT_FIRST_POSITION },
      },
      layers: Array.from({ length: layers }, (_, l) => layer(read, config, l)),
      last: lastNorm ? read.layerNorm('final_layer_norm', EPSILON) : null,
      causal: true,
    },
    head: plainHead(output),
    vocabulary,
  };
}

function layer(read: Reader, config: OptConfig, l: number): Layer {
  const { width, heads, activation, biases, normFirst } = config;
  const headWidth = width / heads;
  const linear = (name: string) => read.linear(`layers.${l}.${name}`, { bias: biases });
  const norm = (name: string) => read.layerNorm(`layers.${l}.${name}`, EPSILON);
  return {
    order: normFirst ? 'norm-first' : 'norm-last',
    attentionNorm: norm('self_attn_layer_norm'),
    attention: {
      ...{ heads, headWidth, keyHeads: heads, scale: headWidth ** -0.5 },
      projection: {
        kind: 'separate',
        query: linear('self_attn.q_proj'),
        key: linear('self_attn.k_proj'),
        value: linear('self_attn.v_proj'),
      },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
      out: linear('self_attn.out_proj'),
    },
    attentionOutNorm: null,
    feedForwardNorm: norm('final_layer_norm'),
    feedForward: { gate: null, up: linear('fc1'), down: linear('fc2'), activation },
    feedForwardOutNorm: null,
  };
}
