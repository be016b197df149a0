/** What config.json would say, made of the metadata and of which tensors there are. */
import { HeadgateError } from '../../error.ts';
import type { Heads } from './architectures.ts';
import { DAMAGED } from './cursor.ts';
import type { Facts } from './facts.ts';

type Config = Record<string, unknown>;

/** Hugging Face's `model_type` by llama.cpp's name, where they differ. */
const MODEL_TYPES: Readonly<Record<string, string>> = {
  gptneox: 'gpt_neox',
  phi2: 'phi',
  gemma3: 'gemma3_text',
};

export function headsOf(facts: Facts): Heads {
  const heads = facts.needed('attention.head_count');
  const width = facts.needed('embedding_length');
  const headWidth = facts.number('attention.key_length') ?? width / heads;
  return { heads, keyHeads: facts.number('attention.head_count_kv') ?? heads, headWidth };
}

/**
 * Of an architecture that Headgate does not know, only the `model_type`.
 * @throws HeadgateError `bad-metadata` naming the value.
 */
export async function configOf(facts: Facts): Promise<Config> {
  const { architecture } = facts;
  const make = Object.hasOwn(CONFIGS, architecture) ? CONFIGS[architecture] : undefined;
  const modelType = MODEL_TYPES[architecture] ?? architecture;
  if (make === undefined) return { model_type: modelType };
  const vocabulary = facts.tensor('token_embd.weight')?.shape[0] ?? facts.number('vocab_size');
  return {
    model_type: modelType,
    ...known({ vocab_size: vocabulary }),
    ...(await make(facts)),
    ...tokenIds(facts),
  };
}

/** The fields that are told; Transformers' defaults stand for the others. */
function known(fields: Config): Config {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}

function tokenIds({ metadata }: Facts): Config {
  const id = (name: string) => {
    const value = metadata.get(`tokenizer.ggml.${name}_token_id`);
    return typeof value === 'number' ? value : null;
  };
  return known({ bos_token_id: id('bos'), eos_token_id: id('eos'), pad_token_id: id('padding') });
}

/** Sizes under the names that most decoders share. */
async function decoder(facts: Facts): Promise<Config> {
  const { heads, keyHeads, headWidth } = headsOf(facts);
  const rotated = facts.number('rope.dimension_count');
  return {
    hidden_size: facts.needed('embedding_length'),
    num_hidden_layers: facts.needed('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: keyHeads,
    intermediate_size: facts.needed('feed_forward_length'),
    tie_word_embeddings: !facts.has('output.weight'),
    ...known({
      max_position_embeddings: facts.number('context_length'),
      rope_theta: facts.number('rope.freq_base'),
      rms_norm_eps: facts.number('attention.layer_norm_rms_epsilon'),
      layer_norm_eps: facts.number('attention.layer_norm_epsilon'),
      head_dim: facts.number('attention.key_length'),
      partial_rotary_factor: rotated === null ? null : rotated / headWidth,
      rope_scaling: await ropeScaling(facts),
    }),
  };
}

/**
 * Factors of the rotation are tensors: one for each pair of elements (Llama 3.1), or two sets (Phi-3). Transformers' name
 * for such a rotation is `longrope`.
 */
async function ropeScaling(facts: Facts): Promise<Config | null> {
  const original = known({
    original_max_position_embeddings: facts.number('rope.scaling.original_context_length'),
  });
  const [single, long, short] = [
    await factors(facts, 'rope_freqs.weight'),
    await factors(facts, 'rope_factors_long.weight'),
    await factors(facts, 'rope_factors_short.weight'),
  ];
  if (single !== null)
    return {
      ...original,
      rope_type: 'longrope',
      short_factor: single,
      long_factor: single,
      attention_factor: 1,
    };
  const attention = known({ attention_factor: facts.number('rope.scaling.attn_factor') });
  if (long !== null && short !== null)
    return { ...original, ...attention, rope_type: 'longrope', short_factor: short, long_factor: long };
  const factor = facts.number('rope.scaling.factor') ?? facts.number('rope.scale_linear');
  const type = facts.text('rope.scaling.type') ?? 'linear';
  return type === 'none' || factor === null || factor === 1 ? null : { ...original, rope_type: type, factor };
}

/** Pairs of elements that the widest head may have. */
const MOST_FACTORS = 65_536;

async function factors(facts: Facts, name: string): Promise<number[] | null> {
  const tensor = facts.tensor(name);
  if (tensor === null) return null;
  const { source, begin, end, type, shape } = tensor;
  if (type.element !== 'F32' || shape.length !== 1 || (shape[0] ?? 0) > MOST_FACTORS)
    throw new HeadgateError(
      'bad-shape',
      `${source.name}: tensor "${name}" must be a list of F32 factors, one for each pair of a head.`,
      DAMAGED,
    );
  return [...new Float32Array(Uint8Array.from(await source.read(begin, end)).buffer)];
}

const llama = async (facts: Facts): Promise<Config> => ({
  ...(await decoder(facts)),
  attention_bias: facts.has('blk.0.attn_output.bias'),
  mlp_bias: facts.has('blk.0.ffn_up.bias'),
  hidden_act: 'silu',
});

const gemma = async (facts: Facts): Promise<Config> => ({
  ...(await decoder(facts)),
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
});

/** Layers of the models of 27B, whose scores are scaled by the width of the model and not of its heads. */
const GEMMA2_27B_LAYERS = 46;
const GEMMA3_27B_LAYERS = 62;

/** As llama.cpp: the file does not tell it. */
function queryScalar(facts: Facts, exception: number): number {
  const { heads, headWidth } = headsOf(facts);
  return facts.needed('block_count') === exception ? facts.needed('embedding_length') / heads : headWidth;
}

const CONFIGS: Readonly<Record<string, (facts: Facts) => Promise<Config>>> = {
  llama,
  qwen2: async (facts) => ({ ...(await decoder(facts)), hidden_act: 'silu' }),
  qwen3: async (facts) => ({
    ...(await decoder(facts)),
    head_dim: headsOf(facts).headWidth,
    attention_bias: facts.has('blk.0.attn_q.bias'),
    hidden_act: 'silu',
  }),
  gemma: async (facts) => ({ ...(await gemma(facts)), head_dim: headsOf(facts).headWidth }),
  async gemma2(facts) {
    return {
      ...(await gemma(facts)),
      head_dim: headsOf(facts).headWidth,
      sliding_window: facts.number('attention.sliding_window') ?? 4096,
      attn_logit_softcapping: facts.number('attn_logit_softcapping') ?? 50,
      final_logit_softcapping: facts.number('final_logit_softcapping') ?? 30,
      query_pre_attn_scalar: queryScalar(facts, GEMMA2_27B_LAYERS),
    };
  },
  gemma3: async (facts) => ({
    ...(await gemma(facts)),
    head_dim: headsOf(facts).headWidth,
    query_pre_attn_scalar: queryScalar(facts, GEMMA3_27B_LAYERS),
    ...known({
      sliding_window: facts.number('attention.sliding_window'),
      sliding_window_pattern: facts.number('attention.sliding_window_pattern'),
      rope_local_base_freq: facts.number('rope.freq_base_swa'),
      final_logit_softcapping: facts.number('final_logit_softcapping'),
    }),
  }),
  async gpt2(facts) {
    return {
      n_embd: facts.needed('embedding_length'),
      n_layer: facts.needed('block_count'),
      n_head: facts.needed('attention.head_count'),
      n_inner: facts.needed('feed_forward_length'),
      n_positions: facts.tensor('position_embd.weight')?.shape[0] ?? facts.needed('context_length'),
      layer_norm_epsilon: facts.number('attention.layer_norm_epsilon') ?? 1e-5,
      activation_function: 'gelu_new',
      tie_word_embeddings: !facts.has('output.weight'),
    };
  },
  async gptneox(facts) {
    const { partial_rotary_factor: share, rope_theta: theta, ...sizes } = await decoder(facts);
    return {
      ...sizes,
      ...known({ rotary_pct: share, rotary_emb_base: theta }),
      use_parallel_residual: facts.flag('use_parallel_residual') ?? true,
      hidden_act: 'gelu',
    };
  },
  phi2: async (facts) => ({ ...(await decoder(facts)), hidden_act: 'gelu_new' }),
  phi3: async (facts) => ({
    ...(await decoder(facts)),
    ...known({
      sliding_window: facts.number('attention.sliding_window'),
      original_max_position_embeddings: facts.number('rope.scaling.original_context_length'),
    }),
    hidden_act: 'silu',
  }),
  async bert(facts) {
    return {
      hidden_size: facts.needed('embedding_length'),
      num_hidden_layers: facts.needed('block_count'),
      num_attention_heads: facts.needed('attention.head_count'),
      intermediate_size: facts.needed('feed_forward_length'),
      max_position_embeddings: facts.tensor('position_embd.weight')?.shape[0] ?? 512,
      type_vocab_size: facts.tensor('token_types.weight')?.shape[0] ?? 2,
      layer_norm_eps: facts.number('attention.layer_norm_epsilon') ?? 1e-12,
      hidden_act: 'gelu',
    };
  },
  async t5(facts) {
    const layers = facts.needed('block_count');
    return {
      d_model: facts.needed('embedding_length'),
      num_layers: layers,
      num_decoder_layers: facts.number('decoder_block_count') ?? layers,
      num_heads: facts.needed('attention.head_count'),
      d_kv: headsOf(facts).headWidth,
      d_ff: facts.needed('feed_forward_length'),
      relative_attention_num_buckets: facts.number('attention.relative_buckets_count') ?? 32,
      layer_norm_epsilon:
        facts.number('attention.layer_norm_rms_epsilon') ??
        facts.number('attention.layer_norm_epsilon') ??
        1e-6,
      feed_forward_proj: facts.has('enc.blk.0.ffn_gate.weight') ? 'gated-gelu' : 'relu',
      tie_word_embeddings: !facts.has('output.weight'),
      decoder_start_token_id: facts.number('decoder_start_token_id') ?? 0,
    };
  },
};
