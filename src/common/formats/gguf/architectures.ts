/** How llama.cpp's names and layouts (gguf-py, tensor_mapping.py; convert_hf_to_gguf.py) become Hugging Face's. */
import type { Change } from './derived.ts';

/** Sizes that layouts depend on. */
export interface Heads {
  /** `H` */
  readonly heads: number;
  /** Heads of k and v. */
  readonly keyHeads: number;
  /** `d` */
  readonly headWidth: number;
}

/** One tensor of the model; several may come from one tensor of the file. */
interface Target extends Change {
  readonly name: string;
}

/** What becomes of a tensor; null: the architecture does not have it. */
export type Naming = (name: string, heads: Heads) => readonly Target[] | null;

/** Names without their layers: `blk.3.attn_q` is the pattern `blk.*.attn_q`, and `*` the same number in the new name. */
type Names = Readonly<Record<string, string>>;
type LayoutOf = (stem: string, heads: Heads) => Change;

/**
 * @param names of matrices and vectors without `.weight` and `.bias`
 * @param layout what is done to a tensor, by its pattern with its ending
 */
function naming(names: Names, layout: LayoutOf = () => ({})): Naming {
  return (name, heads) => {
    const [, stem = '', ending = ''] = /^(.*?)(\.(?:weight|bias))?$/.exec(name) ?? [];
    const layer = /\bblk\.(\d+)\./.exec(stem)?.[1] ?? '';
    const pattern = stem.replace(/\bblk\.\d+\./, 'blk.*.');
    const target = Object.hasOwn(names, pattern) ? names[pattern] : undefined;
    if (target === undefined) return null;
    return [{ name: target.replace('*', layer) + ending, ...layout(`${pattern}${ending}`, heads) }];
  };
}

/**
 * Rows of q or k as ggml's rotation wants them, pair by pair, back to two halves of a head:
 * model row h·d + half·d/2 + j is file row h·d + 2j + half.
 */
function unpaired(headWidth: number): Change {
  const pairs = headWidth / 2;
  return {
    fits: (rows) => headWidth % 2 === 0 && rows % headWidth === 0,
    rowOf(row) {
      const within = row % headWidth;
      const half = within < pairs ? 0 : 1;
      return row - within + 2 * (within - half * pairs) + half;
    },
  };
}

/** q, k, v one after another become [q, k, v] of head 0, of head 1, … */
function interleaved({ heads, headWidth }: Heads): Change {
  return {
    fits: (rows) => rows === 3 * heads * headWidth,
    rowOf(row) {
      const head = Math.floor(row / (3 * headWidth));
      const part = Math.floor(row / headWidth) % 3;
      return (part * heads + head) * headWidth + (row % headWidth);
    },
  };
}

const LLAMA: Names = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
  'blk.*.attn_norm': 'model.layers.*.input_layernorm',
  'blk.*.attn_q': 'model.layers.*.self_attn.q_proj',
  'blk.*.attn_k': 'model.layers.*.self_attn.k_proj',
  'blk.*.attn_v': 'model.layers.*.self_attn.v_proj',
  'blk.*.attn_output': 'model.layers.*.self_attn.o_proj',
  'blk.*.attn_q_norm': 'model.layers.*.self_attn.q_norm',
  'blk.*.attn_k_norm': 'model.layers.*.self_attn.k_norm',
  'blk.*.ffn_norm': 'model.layers.*.post_attention_layernorm',
  'blk.*.ffn_gate': 'model.layers.*.mlp.gate_proj',
  'blk.*.ffn_up': 'model.layers.*.mlp.up_proj',
  'blk.*.ffn_down': 'model.layers.*.mlp.down_proj',
};

const GEMMA2: Names = {
  ...LLAMA,
  'blk.*.post_attention_norm': 'model.layers.*.post_attention_layernorm',
  'blk.*.ffn_norm': 'model.layers.*.pre_feedforward_layernorm',
  'blk.*.post_ffw_norm': 'model.layers.*.post_feedforward_layernorm',
};

const GPT2: Names = {
  token_embd: 'transformer.wte',
  position_embd: 'transformer.wpe',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
  'blk.*.attn_norm': 'transformer.h.*.ln_1',
  'blk.*.attn_qkv': 'transformer.h.*.attn.c_attn',
  'blk.*.attn_output': 'transformer.h.*.attn.c_proj',
  'blk.*.ffn_norm': 'transformer.h.*.ln_2',
  'blk.*.ffn_up': 'transformer.h.*.mlp.c_fc',
  'blk.*.ffn_down': 'transformer.h.*.mlp.c_proj',
};
const GPT2_TURNED = /^blk\.\*\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/;

const GPT_NEOX: Names = {
  token_embd: 'gpt_neox.embed_in',
  output_norm: 'gpt_neox.final_layer_norm',
  output: 'embed_out',
  'blk.*.attn_norm': 'gpt_neox.layers.*.input_layernorm',
  'blk.*.attn_qkv': 'gpt_neox.layers.*.attention.query_key_value',
  'blk.*.attn_output': 'gpt_neox.layers.*.attention.dense',
  'blk.*.ffn_norm': 'gpt_neox.layers.*.post_attention_layernorm',
  'blk.*.ffn_up': 'gpt_neox.layers.*.mlp.dense_h_to_4h',
  'blk.*.ffn_down': 'gpt_neox.layers.*.mlp.dense_4h_to_h',
};

const PHI2: Names = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.final_layernorm',
  output: 'lm_head',
  'blk.*.attn_norm': 'model.layers.*.input_layernorm',
  'blk.*.attn_q': 'model.layers.*.self_attn.q_proj',
  'blk.*.attn_k': 'model.layers.*.self_attn.k_proj',
  'blk.*.attn_v': 'model.layers.*.self_attn.v_proj',
  'blk.*.attn_output': 'model.layers.*.self_attn.dense',
  'blk.*.ffn_up': 'model.layers.*.mlp.fc1',
  'blk.*.ffn_down': 'model.layers.*.mlp.fc2',
};

/** q, k and v in one tensor become three. */
const phi2: Naming = (name, heads) => {
  const fused = /^blk\.(\d+)\.attn_qkv\.(weight|bias)$/.exec(name);
  if (fused === null) return naming(PHI2)(name, heads);
  const [, layer = '', ending = ''] = fused;
  const [q, k] = [heads.heads * heads.headWidth, heads.keyHeads * heads.headWidth];
  const parts = { q: [0, q], k: [q, q + k], v: [q + k, q + 2 * k] } as const;
  return Object.entries(parts).map(([part, rows]) => ({
    name: `model.layers.${layer}.self_attn.${part}_proj.${ending}`,
    rows,
    fits: (all: number) => all === q + 2 * k,
  }));
};

const PHI3: Names = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
  'blk.*.attn_norm': 'model.layers.*.input_layernorm',
  'blk.*.attn_qkv': 'model.layers.*.self_attn.qkv_proj',
  'blk.*.attn_output': 'model.layers.*.self_attn.o_proj',
  'blk.*.ffn_norm': 'model.layers.*.post_attention_layernorm',
  'blk.*.ffn_up': 'model.layers.*.mlp.gate_up_proj',
  'blk.*.ffn_down': 'model.layers.*.mlp.down_proj',
};

const BERT: Names = {
  token_embd: 'embeddings.word_embeddings',
  position_embd: 'embeddings.position_embeddings',
  token_types: 'embeddings.token_type_embeddings',
  token_embd_norm: 'embeddings.LayerNorm',
  'blk.*.attn_q': 'encoder.layer.*.attention.self.query',
  'blk.*.attn_k': 'encoder.layer.*.attention.self.key',
  'blk.*.attn_v': 'encoder.layer.*.attention.self.value',
  'blk.*.attn_output': 'encoder.layer.*.attention.output.dense',
  'blk.*.attn_output_norm': 'encoder.layer.*.attention.output.LayerNorm',
  'blk.*.ffn_up': 'encoder.layer.*.intermediate.dense',
  'blk.*.ffn_down': 'encoder.layer.*.output.dense',
  'blk.*.layer_output_norm': 'encoder.layer.*.output.LayerNorm',
};

/** The parts that both sides of a T5 have; its decoder has a cross-attention between them. */
const t5Side = (from: string, to: string, last: number): Names => ({
  [`${from}.blk.*.attn_norm`]: `${to}.block.*.layer.0.layer_norm`,
  [`${from}.blk.*.attn_rel_b`]: `${to}.block.*.layer.0.SelfAttention.relative_attention_bias`,
  ...Object.fromEntries(
    ['q', 'k', 'v', 'o'].map((part) => [
      `${from}.blk.*.attn_${part}`,
      `${to}.block.*.layer.0.SelfAttention.${part}`,
    ]),
  ),
  [`${from}.blk.*.ffn_norm`]: `${to}.block.*.layer.${last}.layer_norm`,
  [`${from}.blk.*.ffn_gate`]: `${to}.block.*.layer.${last}.DenseReluDense.wi_0`,
  [`${from}.blk.*.ffn_down`]: `${to}.block.*.layer.${last}.DenseReluDense.wo`,
  [`${from}.output_norm`]: `${to}.final_layer_norm`,
});
const T5: Names = {
  token_embd: 'shared',
  output: 'lm_head',
  ...t5Side('enc', 'encoder', 1),
  ...t5Side('dec', 'decoder', 2),
  'dec.blk.*.cross_attn_norm': 'decoder.block.*.layer.1.layer_norm',
  ...Object.fromEntries(
    ['q', 'k', 'v', 'o'].map((part) => [
      `dec.blk.*.cross_attn_${part}`,
      `decoder.block.*.layer.1.EncDecAttention.${part}`,
    ]),
  ),
};

/** `ffn_up` is wi where there is no gate, and wi_1 beside one. */
const t5 = (isGated: boolean): Naming => {
  const up = isGated ? 'wi_1' : 'wi';
  return naming({
    ...T5,
    'enc.blk.*.ffn_up': `encoder.block.*.layer.1.DenseReluDense.${up}`,
    'dec.blk.*.ffn_up': `decoder.block.*.layer.2.DenseReluDense.${up}`,
  });
};

/** Gemma's norms are stored as the factor itself, Hugging Face's as factor − 1. */
const minusOne: LayoutOf = (stem) => (/norm\.weight$/.test(stem) ? { plus: -1 } : {});

/** Architectures by `general.architecture`; T5's names depend on its file. */
export const NAMINGS: Readonly<Record<string, (isGated: boolean) => Naming>> = {
  llama: () =>
    naming(LLAMA, (stem, { headWidth }) =>
      /\.attn_[qk]\.(weight|bias)$/.test(stem) ? unpaired(headWidth) : {},
    ),
  qwen2: () => naming(LLAMA),
  qwen3: () => naming(LLAMA),
  gemma: () => naming(LLAMA, minusOne),
  gemma2: () => naming(GEMMA2, minusOne),
  gemma3: () => naming(GEMMA2, minusOne),
  gpt2: () => naming(GPT2, (stem) => (GPT2_TURNED.test(stem) ? { turned: true } : {})),
  gptneox: () => naming(GPT_NEOX, (stem, heads) => (stem.includes('attn_qkv') ? interleaved(heads) : {})),
  phi2: () => phi2,
  phi3: () => naming(PHI3),
  bert: () => naming(BERT),
  t5,
};
