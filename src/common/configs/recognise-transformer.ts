/** Transformers without a config.json: the family and the sizes that names and shapes tell, and what they do not tell. */
import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import { bartSpec } from './bart.ts';
import { bertSpec } from './bert.ts';
import type { Config } from './config.ts';
import { distilbertSpec } from './distilbert.ts';
import { gemma2Spec, gemma3Spec } from './gemma.ts';
import { gptNeoxSpec } from './gpt-neox.ts';
import { gpt2Spec } from './gpt2.ts';
import { llamaSpec } from './llama.ts';
import { zeroBiases } from './match.ts';
import { olmo2Spec } from './olmo2.ts';
import { phiSpec } from './phi.ts';
import { phi3Spec } from './phi3.ts';
import { qwen2Spec, qwen3Spec } from './qwen.ts';
import type { Recognised } from './recognition.ts';
import { robertaSpec } from './roberta.ts';
import type { FamilySpec } from './spec.ts';
import { t5Spec } from './t5.ts';

interface Found {
  readonly spec: FamilySpec;
  readonly config: Config;
  /** What the shapes do not tell, beside the number of heads. */
  readonly open: readonly string[];
  /** The number of heads follows from a shape. */
  readonly headsTold?: boolean;
}

/** Shapes by the end of a name, whatever stands before it. */
class Tensors {
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(tensors: readonly TensorInfo[]) {
    this.#shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  }

  /** The size along an axis of the tensor whose name ends so; 0: there is none. */
  size(end: string, axis: number): number {
    const name = [...this.#shapes.keys()].find((own) => own === end || own.endsWith(`.${end}`));
    return (name === undefined ? undefined : this.#shapes.get(name)?.[axis]) ?? 0;
  }

  has(end: string): boolean {
    return this.size(end, 0) > 0;
  }

  /** How many layers have a tensor of these names: `h.#.attn.c_attn.weight`. */
  layers(pattern: string): number {
    const own = new RegExp(`(?:^|\\.)${pattern.replace(/\./g, '\\.').replace('#', '(\\d+)')}$`);
    return new Set([...this.#shapes.keys()].flatMap((name) => own.exec(name)?.[1] ?? [])).size;
  }
}

/** Heads of 64 elements, or as near as the width allows. */
function headsOf(width: number): number {
  const sizes = [64, 128, 80, 96, 32, 16, 8, 4, 2];
  const size = sizes.find((own) => width % own === 0 && width / own > 1) ?? width;
  return width / size;
}

const ROPE = 'The base of the rotary embedding is the family’s usual one.';
const NORM = 'Activation and norm are the family’s usual ones.';

function gpt2(at: Tensors): Found | null {
  const width = at.size('wte.weight', 1);
  const layers = at.layers('h.#.attn.c_attn.weight');
  if (width === 0 || layers === 0 || !at.has('wpe.weight')) return null;
  // [D, 3D], or the other way round where nn.Linear holds it: the feed-forward part is the one that is not D wide.
  const inner = [0, 1].map((axis) => at.size('h.0.mlp.c_fc.weight', axis)).find((size) => size !== width);
  // As nn.Linear holds them, they are nanoGPT's, which computes GELU itself.
  const isNano = at.size('h.0.attn.c_attn.weight', 0) === 3 * width;
  return {
    spec: gpt2Spec,
    config: {
      ...{ model_type: 'gpt2', vocab_size: at.size('wte.weight', 0), n_embd: width, n_layer: layers },
      ...{ n_positions: at.size('wpe.weight', 0), n_head: headsOf(width), n_inner: inner ?? width },
      ...(isNano && { activation_function: 'gelu' }),
    },
    open: [isNano ? 'The activation is GELU itself, as nanoGPT has it.' : NORM],
  };
}

/** Llama and those with its names: norms and biases tell which. */
function llamaLike(at: Tensors): Found | null {
  const [vocabulary, width] = [at.size('embed_tokens.weight', 0), at.size('embed_tokens.weight', 1)];
  const layers = at.layers('layers.#.self_attn.q_proj.weight');
  const inner = at.size('layers.0.mlp.gate_proj.weight', 0);
  if (width === 0 || layers === 0 || inner === 0) return null;
  const [q, k] = ['q', 'k'].map((part) => at.size(`layers.0.self_attn.${part}_proj.weight`, 0));
  // The norms of OLMo 2 are over all heads.
  const isOlmo = !at.has('layers.0.input_layernorm.weight');
  const told = isOlmo ? 0 : at.size('layers.0.self_attn.q_norm.weight', 0);
  const size = told || (q ?? 0) / headsOf(q ?? 0);
  const kind = isOlmo
    ? ({ spec: olmo2Spec, type: 'olmo2' } as const)
    : at.has('layers.0.pre_feedforward_layernorm.weight')
      ? told > 0
        ? ({ spec: gemma3Spec, type: 'gemma3_text' } as const)
        : ({ spec: gemma2Spec, type: 'gemma2' } as const)
      : told > 0
        ? ({ spec: qwen3Spec, type: 'qwen3' } as const)
        : at.has('layers.0.self_attn.q_proj.bias')
          ? ({ spec: qwen2Spec, type: 'qwen2' } as const)
          : ({ spec: llamaSpec, type: 'llama' } as const);
  return {
    spec: kind.spec,
    config: {
      ...{ model_type: kind.type, vocab_size: vocabulary, hidden_size: width, num_hidden_layers: layers },
      ...{ num_attention_heads: (q ?? 0) / size, num_key_value_heads: (k ?? 0) / size, head_dim: size },
      ...{ intermediate_size: inner, tie_word_embeddings: !at.has('lm_head.weight') },
    },
    headsTold: told > 0,
    open: [
      ROPE,
      NORM,
      ...(kind.type === 'llama' ? ['Mistral has the same tensors, with a sliding window.'] : []),
    ],
  };
}

function phis(at: Tensors): Found | null {
  const [vocabulary, width] = [at.size('embed_tokens.weight', 0), at.size('embed_tokens.weight', 1)];
  const sizes = {
    vocab_size: vocabulary,
    hidden_size: width,
    tie_word_embeddings: !at.has('lm_head.weight'),
  };
  const heads = headsOf(width);
  const three = at.layers('layers.#.self_attn.qkv_proj.weight');
  if (width > 0 && three > 0) {
    const size = width / heads;
    const keys = (at.size('layers.0.self_attn.qkv_proj.weight', 0) / size - heads) / 2;
    const inner = at.size('layers.0.mlp.gate_up_proj.weight', 0) / 2;
    const own = { num_attention_heads: heads, num_key_value_heads: keys, intermediate_size: inner };
    const config = { model_type: 'phi3', ...sizes, ...own, num_hidden_layers: three };
    return { spec: phi3Spec, config, open: [ROPE, NORM] };
  }
  const layers = at.layers('layers.#.self_attn.dense.weight');
  if (width === 0 || layers === 0 || !at.has('layers.0.mlp.fc1.weight')) return null;
  const keys = at.size('layers.0.self_attn.k_proj.weight', 0) / (width / heads);
  const own = { num_attention_heads: heads, num_key_value_heads: keys, num_hidden_layers: layers };
  const inner = at.size('layers.0.mlp.fc1.weight', 0);
  const config = { model_type: 'phi', ...sizes, ...own, intermediate_size: inner };
  return { spec: phiSpec, config, open: [ROPE, NORM] };
}

function gptNeox(at: Tensors): Found | null {
  const width = at.size('embed_in.weight', 1);
  const layers = at.layers('layers.#.attention.query_key_value.weight');
  if (width === 0 || layers === 0) return null;
  return {
    spec: gptNeoxSpec,
    config: {
      ...{ model_type: 'gpt_neox', vocab_size: at.size('embed_in.weight', 0), hidden_size: width },
      ...{ num_hidden_layers: layers, num_attention_heads: headsOf(width) },
      intermediate_size: at.size('layers.0.mlp.dense_h_to_4h.weight', 0),
      attention_bias: at.has('layers.0.attention.query_key_value.bias'),
      tie_word_embeddings: !at.has('embed_out.weight') && !at.has('lm_head.weight'),
    },
    open: [ROPE, NORM, 'A quarter of each head is rotated, and both parts of a layer read the same input.'],
  };
}

function bertLike(at: Tensors): Found | null {
  const width = at.size('embeddings.word_embeddings.weight', 1);
  const layers = at.layers('encoder.layer.#.attention.self.query.weight');
  if (width === 0 || layers === 0 || at.has('embeddings_project.weight')) return null;
  const types = at.size('embeddings.token_type_embeddings.weight', 0);
  const rows = at.size('embeddings.position_embeddings.weight', 0);
  // RoBERTa's tables have two rows more than positions, and one token type.
  const isRoberta = at.has('lm_head.dense.weight') || (types === 1 && rows % 16 === 2);
  return {
    spec: isRoberta ? robertaSpec : bertSpec,
    config: {
      model_type: isRoberta ? 'roberta' : 'bert',
      ...{ vocab_size: at.size('embeddings.word_embeddings.weight', 0), hidden_size: width },
      ...{ num_hidden_layers: layers, num_attention_heads: headsOf(width), type_vocab_size: types },
      ...{ intermediate_size: at.size('encoder.layer.0.intermediate.dense.weight', 0) },
      max_position_embeddings: rows,
    },
    open: [NORM],
  };
}

function distilbert(at: Tensors): Found | null {
  const width = at.size('embeddings.word_embeddings.weight', 1);
  const layers = at.layers('transformer.layer.#.attention.q_lin.weight');
  if (width === 0 || layers === 0) return null;
  const config = {
    ...{ model_type: 'distilbert', vocab_size: at.size('embeddings.word_embeddings.weight', 0), dim: width },
    ...{ n_layers: layers, n_heads: headsOf(width) },
    hidden_dim: at.size('transformer.layer.0.ffn.lin1.weight', 0),
    max_position_embeddings: at.size('embeddings.position_embeddings.weight', 0),
  };
  return { spec: distilbertSpec, config, open: [NORM] };
}

function t5(at: Tensors): Found | null {
  const first = 'encoder.block.0.layer.0.SelfAttention';
  const heads = at.size(`${first}.relative_attention_bias.weight`, 1);
  const [vocabulary, width] = [at.size('shared.weight', 0), at.size('shared.weight', 1)];
  if (heads === 0 || width === 0) return null;
  const isGated = at.has('encoder.block.0.layer.1.DenseReluDense.wi_0.weight');
  return {
    spec: t5Spec,
    config: {
      ...{ model_type: 't5', vocab_size: vocabulary, d_model: width, num_heads: heads },
      d_kv: at.size(`${first}.q.weight`, 0) / heads,
      d_ff: at.size('encoder.block.0.layer.1.DenseReluDense.wo.weight', 1),
      num_layers: at.layers('encoder.block.#.layer.0.SelfAttention.q.weight'),
      num_decoder_layers: at.layers('decoder.block.#.layer.0.SelfAttention.q.weight'),
      relative_attention_num_buckets: at.size(`${first}.relative_attention_bias.weight`, 0),
      feed_forward_proj: isGated ? 'gated-gelu' : 'relu',
      tie_word_embeddings: !at.has('lm_head.weight'),
    },
    headsTold: true,
    open: [NORM],
  };
}

function bart(at: Tensors): Found | null {
  const width = at.size('shared.weight', 1);
  const rows = at.size('encoder.embed_positions.weight', 0);
  if (width === 0 || rows === 0 || !at.has('decoder.layers.0.encoder_attn.k_proj.weight')) return null;
  const side = (name: string) => ({
    [`${name}_layers`]: at.layers(`${name}.layers.#.self_attn.q_proj.weight`),
    [`${name}_attention_heads`]: headsOf(width),
    [`${name}_ffn_dim`]: at.size(`${name}.layers.0.fc1.weight`, 0),
  });
  const config = {
    ...{ model_type: 'bart', vocab_size: at.size('shared.weight', 0), d_model: width },
    ...{ max_position_embeddings: rows - 2, ...side('encoder'), ...side('decoder') },
  };
  return { spec: bartSpec, config, open: [NORM] };
}

/** Names that the number of heads has in configs. */
const HEADS = ['num_attention_heads', 'n_head', 'n_heads', 'encoder_attention_heads'];

const KNOWN = [gpt2, llamaLike, phis, gptNeox, bertLike, distilbert, t5, bart];

/** The family whose names these are, with the sizes that the shapes tell; null: none has a place for what makes it up. */
export function recogniseTransformer(tensors: readonly TensorInfo[]): Recognised | null {
  const at = new Tensors(tensors);
  for (const known of KNOWN) {
    const found = known(at);
    if (found === null || !fits(found, tensors)) continue;
    const { spec, config, open, headsTold = false } = found;
    const field = HEADS.find((name) => typeof config[name] === 'number') ?? '';
    const heads = `There are ${String(config[field])} heads: shapes do not tell how a layer is divided; correct it in the config.`;
    return {
      what: `a ${spec.name} (told by names and shapes)`,
      config,
      assumed: open,
      ...(!headsTold && { assumedFields: { [field]: heads } }),
    };
  }
  return null;
}

/** Nothing is missing but biases that may be zero, and what has another shape is only stored the other way round. */
function fits({ spec, config }: Found, tensors: readonly TensorInfo[]): boolean {
  try {
    const check = spec.check(config, tensors);
    const { missing, misshapen } = check;
    const isTurned = ({ expected, actual }: (typeof misshapen)[number]) =>
      expected.shape.join() === actual.shape.toReversed().join();
    return missing.length === zeroBiases(check).length && misshapen.every(isTurned);
  } catch (error) {
    if (error instanceof HeadgateError) return false;
    throw error;
  }
}
