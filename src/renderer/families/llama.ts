import type { Family } from '../models/family.ts';
import { llamaSpec, parseLlamaConfig, type LlamaConfig } from '../../common/configs/llama.ts';
import { causalFamily, readTables, plainHead, rotaryOf } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Rotary } from '../models/transformer/rotary-table.ts';
import type { Transformer } from '../models/transformer/run.ts';
import type { Layer } from '../models/transformer/stack.ts';

/** Llama (Touvron et al. 2023), also TinyLlama and SmolLM: rotary positions, RMS norms, SwiGLU, grouped queries. */
export const llama: Family = causalFamily({
  spec: llamaSpec,
  parse: parseLlamaConfig,
  end: 2,
  transformer: (read, config) => llamaLayout(read, config),
});

/** What families with Llama's layout do otherwise. */
interface Variant {
  /** Multiplies the token embeddings. */
  readonly embeddingScale?: number;
  /** Added to the weights of norms. */
  readonly normShift?: number;
  /** Multiplies q·k; 1/√d if left out. */
  readonly scoreScale?: number;
  /** Scores, and logits, become cap·tanh(score / cap). */
  readonly scoreCap?: number | null;
  readonly logitCap?: number | null;
}

/** A model with Llama's names: Llama itself, Mistral, Qwen, Gemma. */
export function llamaLayout(read: Reader, config: LlamaConfig, variant: Variant = {}): Transformer {
  const { layers, width, epsilon, vocabulary } = config;
  const { embeddingScale = 1, normShift = 0, logitCap = null } = variant;
  const { tokens, output } = readTables(read, config, 'embed_tokens.weight');
  const rotaries = rotariesOf(config);
  return {
    stack: {
      width,
      embedding: {
        ...{ tokens, scale: embeddingScale },
        ...{ positions: null, types: null, norm: null, projection: null },
      },
      layers: Array.from({ length: layers }, (_, l) => layer(read, config, variant, rotaries[l] ?? null, l)),
      last: read.rmsNorm('norm', epsilon, normShift),
      causal: true,
    },
    head: plainHead(output, logitCap),
    vocabulary,
  };
}

/** By layer. */
function rotariesOf({ rope, rotated, layers, ropes }: LlamaConfig): readonly Rotary[] {
  const all = ropes ?? Array.from({ length: layers }, () => rope);
  const made = new Map(all.map((own) => [own, rotaryOf({ rope: own, rotated })]));
  return all.flatMap((own) => made.get(own) ?? []);
}

function layer(read: Reader, config: LlamaConfig, variant: Variant, rotary: Rotary | null, l: number): Layer {
  const { heads, keyHeads, headWidth, epsilon, activation, windows } = config;
  const { normShift = 0, scoreScale = headWidth ** -0.5, scoreCap = null } = variant;
  const part = (name: string, bias: boolean) => read.linear(`layers.${l}.${name}`, { bias });
  const norm = (name: string) => read.rmsNorm(`layers.${l}.${name}`, epsilon, normShift);
  const { projectionBias, outBias, feedForwardBias, headNorms, postNorms } = config;
  return {
    order: 'norm-first',
    attentionNorm: norm('input_layernorm'),
    attention: {
      ...{ heads, keyHeads, headWidth, rotary },
      projection: {
        kind: 'separate',
        query: part('self_attn.q_proj', projectionBias),
        key: part('self_attn.k_proj', projectionBias),
        value: part('self_attn.v_proj', projectionBias),
      },
      queryNorm: headNorms ? norm('self_attn.q_norm') : null,
      keyNorm: headNorms ? norm('self_attn.k_norm') : null,
      scale: scoreScale,
      window: windows[l] ?? null,
      softCap: scoreCap,
      out: part('self_attn.o_proj', outBias),
    },
    attentionOutNorm: postNorms ? norm('post_attention_layernorm') : null,
    feedForwardNorm: norm(postNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
    feedForward: {
      gate: part('mlp.gate_proj', feedForwardBias),
      up: part('mlp.up_proj', feedForwardBias),
      down: part('mlp.down_proj', feedForwardBias),
      activation,
    },
    feedForwardOutNorm: postNorms ? norm('post_feedforward_layernorm') : null,
  };
}
