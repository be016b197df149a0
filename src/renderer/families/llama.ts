import type { Family } from '../models/family.ts';
import { llamaSpec, parseLlamaConfig, type LlamaConfig } from '../../common/configs/llama.ts';
import { causalFamily, readTables, plainHead, rotaryOf } from '../models/transformer/causal-family.ts';
import type { Norm } from '../models/transformer/blocks.ts';
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

/** A model with Llama's names: Llama itself, Mistral, Qwen, Gemma, OLMo 2, SmolLM 3, StableLM. */
export function llamaLayout(read: Reader, config: LlamaConfig, variant: Variant = {}): Transformer {
  const { layers, width, vocabulary } = config;
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
      last: readNorm(read, config, 'norm', normShift),
      causal: true,
    },
    head: plainHead(output, logitCap),
    vocabulary,
  };
}

/** By layer; null: it does not turn. */
function rotariesOf({ rope, rotated, layers, ropes }: LlamaConfig): readonly (Rotary | null)[] {
  const all = ropes ?? Array.from({ length: layers }, () => rope);
  const made = new Map(all.map((own) => [own, own && rotaryOf({ rope: own, rotated })]));
  return all.map((own) => made.get(own) ?? null);
}

function readNorm(read: Reader, { normKind, epsilon }: LlamaConfig, name: string, shift: number): Norm {
  return normKind === 'layer' ? read.layerNorm(name, epsilon) : read.rmsNorm(name, epsilon, shift);
}

function layer(read: Reader, config: LlamaConfig, variant: Variant, rotary: Rotary | null, l: number): Layer {
  const { heads, keyHeads, headWidth, epsilon, activation, windows } = config;
  const { normShift = 0, scoreScale = headWidth ** -0.5, scoreCap = null } = variant;
  const part = (name: string, bias: boolean) => read.linear(`layers.${l}.${name}`, { bias });
  const norm = (name: string) => readNorm(read, config, `layers.${l}.${name}`, normShift);
  const own = (name: string) => read.rmsNorm(`layers.${l}.self_attn.${name}`, epsilon, normShift);
  const { projectionBias, outBias, feedForwardBias, queryKeyNorms, norms } = config;
  return {
    order: 'norm-first',
    attentionNorm: norms === 'after' ? null : norm('input_layernorm'),
    attention: {
      ...{ heads, keyHeads, headWidth, rotary },
      projection: {
        kind: 'separate',
        query: part('self_attn.q_proj', projectionBias),
        key: part('self_attn.k_proj', projectionBias),
        value: part('self_attn.v_proj', projectionBias),
      },
      queryNorm: queryKeyNorms === null ? null : own('q_norm'),
      keyNorm: queryKeyNorms === null ? null : own('k_norm'),
      scale: scoreScale,
      window: windows[l] ?? null,
      softCap: scoreCap,
      out: part('self_attn.o_proj', outBias),
    },
    attentionOutNorm: norms === 'before' ? null : norm('post_attention_layernorm'),
    feedForwardNorm:
      norms === 'after'
        ? null
        : norm(norms === 'around' ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
    feedForward: {
      gate: part('mlp.gate_proj', feedForwardBias),
      up: part('mlp.up_proj', feedForwardBias),
      down: part('mlp.down_proj', feedForwardBias),
      activation,
    },
    feedForwardOutNorm: norms === 'before' ? null : norm('post_feedforward_layernorm'),
  };
}
