/** ModernBERT (Warner et al. 2024): pre-norm layers, rotary positions, gated feed-forward parts, windows in most layers. */
import { encoderFamily, readMaskedHead, readTokens } from '../models/encoder/load.ts';
import {
  MODERNBERT_HEAD,
  modernbertSpec,
  parseModernbertConfig,
  type ModernbertConfig,
} from '../../common/configs/modernbert.ts';
import type { Rope } from '../../common/configs/rope.ts';
import type { Reader } from '../models/transformer/reader.ts';
import { ropeFrequencies } from '../models/transformer/rope-frequencies.ts';
import type { Rotary } from '../models/transformer/rotary-table.ts';
import type { Layer } from '../models/transformer/stack.ts';

export const modernbert = encoderFamily({
  spec: modernbertSpec,
  parse: parseModernbertConfig,
  most: ({ positions }) => positions,
  read(read, config, has) {
    const { width, heads, epsilon, biases, attention } = config;
    const norm = (name: string) => read.layerNorm(name, epsilon, biases.norm);
    const table = 'embeddings.tok_embeddings.weight';
    const tokens = readTokens(read, table, MODERNBERT_HEAD, has);
    // Layers of one kind share a table.
    const rotaries = new Map<Rope, Rotary>(
      attention.map(({ rope }) => [
        rope,
        {
          width: width / heads,
          frequencies: (length) => ropeFrequencies(rope, width / heads, length),
        },
      ]),
    );
    return {
      stack: {
        width,
        causal: false,
        embedding: {
          ...{ tokens, scale: 1, positions: null, types: null, projection: null },
          norm: norm('embeddings.norm'),
        },
        layers: attention.map(({ reach, rope }, l) =>
          readLayer(read, config, l, { reach, rotary: rotaries.get(rope) ?? null }),
        ),
        last: norm('final_norm'),
      },
      head: () =>
        readMaskedHead(
          read,
          MODERNBERT_HEAD,
          { table, tokens },
          {
            ...{ norm, has, activation: config.headActivation, bias: biases.headDense },
          },
        ),
      pooler: null,
      discriminator: null,
    };
  },
});

function readLayer(
  read: Reader,
  { width, heads, inner, activation, epsilon, biases }: ModernbertConfig,
  l: number,
  { reach, rotary }: { readonly reach: number | null; readonly rotary: Rotary | null },
): Layer {
  const name = `layers.${l}`;
  const headWidth = width / heads;
  const norm = (part: string) => read.layerNorm(`${name}.${part}`, epsilon, biases.norm);
  const wide = (from: number, to: number) =>
    read.linear(`${name}.mlp.Wi`, { bias: biases.feedForward, outputs: [from, to] });
  return {
    order: 'norm-first',
    attention: {
      ...{ heads, keyHeads: heads, headWidth, rotary },
      projection: {
        kind: 'packed',
        qkv: read.linear(`${name}.attn.Wqkv`, { bias: biases.attention }),
        byHead: false,
      },
      ...{ queryNorm: null, keyNorm: null, softCap: null },
      scale: 1 / Math.sqrt(headWidth),
      // Keys at a distance of `reach` are still seen.
      window: reach === null ? null : reach + 1,
      out: read.linear(`${name}.attn.Wo`, { bias: biases.attention }),
    },
    // The embeddings are normed already.
    attentionNorm: l === 0 ? null : norm('attn_norm'),
    feedForward: {
      activation,
      // One projection holds both halves.
      gate: wide(0, inner),
      up: wide(inner, 2 * inner),
      down: read.linear(`${name}.mlp.Wo`, { bias: biases.feedForward }),
    },
    feedForwardNorm: norm('mlp_norm'),
    ...{ attentionOutNorm: null, feedForwardOutNorm: null },
  };
}
