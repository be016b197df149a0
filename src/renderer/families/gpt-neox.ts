import type { Family } from '../models/family.ts';
import {
  GPT_NEOX_HEADS,
  gptNeoxSpec,
  parseGptNeoxConfig,
  type GptNeoxConfig,
} from '../../common/configs/gpt-neox.ts';
import { causalFamily, readTables, plainHead, rotaryOf } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Rotary } from '../models/transformer/rotary-table.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** GPT-NeoX (Black et al. 2022) and Pythia: rotary positions, both parts of a layer side by side, q, k, v head by head. */
export const gptNeox: Family = causalFamily({
  spec: gptNeoxSpec,
  parse: parseGptNeoxConfig,
  end: 2,
  transformer,
});

function transformer(read: Reader, config: GptNeoxConfig): Transformer {
  const { layers, width, epsilon, vocabulary } = config;
  const { tokens, output } = readTables(read, config, 'embed_in.weight', GPT_NEOX_HEADS);
  const rotary = rotaryOf(config);
  return {
    stack: {
      width,
      embedding: { tokens, scale: 1, positions: null, types: null, norm: null, projection: null },
      layers: Array.from({ length: layers }, (_, l) => layer(read, config, rotary, l)),
      last: read.layerNorm('final_layer_norm', epsilon),
      causal: true,
    },
    head: plainHead(output),
    vocabulary,
  };
}

function layer(read: Reader, config: GptNeoxConfig, rotary: Rotary, l: number): Layer {
  const { heads, headWidth, epsilon, activation, parallel, attentionBias: bias } = config;
  const own = `layers.${l}`;
  return {
    order: parallel ? 'parallel' : 'norm-first',
    attentionNorm: read.layerNorm(`${own}.input_layernorm`, epsilon),
    attention: {
      ...{ heads, headWidth, keyHeads: heads, rotary },
      projection: {
        kind: 'packed',
        qkv: read.linear(`${own}.attention.query_key_value`, { bias }),
        byHead: true,
      },
      ...{ queryNorm: null, keyNorm: null, window: null, softCap: null },
      scale: headWidth ** -0.5,
      out: read.linear(`${own}.attention.dense`, { bias }),
    },
    attentionOutNorm: null,
    feedForwardNorm: read.layerNorm(`${own}.post_attention_layernorm`, epsilon),
    feedForward: {
      gate: null,
      up: read.linear(`${own}.mlp.dense_h_to_4h`, { bias: true }),
      down: read.linear(`${own}.mlp.dense_4h_to_h`, { bias: true }),
      activation,
    },
    feedForwardOutNorm: null,
  };
}
