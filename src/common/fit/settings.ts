/** What training scripts keep of a model's sizes beside its weights, in the fields of config.json. */
import type { Config } from '../configs/config.ts';
import { isObject } from '../json.ts';

/** nanoGPT's `model_args`. */
const NANOGPT: Readonly<Record<string, string>> = {
  ...{ n_layer: 'n_layer', n_head: 'n_head', n_embd: 'n_embd', vocab_size: 'vocab_size' },
  block_size: 'n_positions',
};
/** llama2.c's `model_args`, and Meta's params.json. */
const LLAMA: Readonly<Record<string, string>> = {
  ...{ dim: 'hidden_size', n_layers: 'num_hidden_layers', n_heads: 'num_attention_heads' },
  ...{ n_kv_heads: 'num_key_value_heads', norm_eps: 'rms_norm_eps', rope_theta: 'rope_theta' },
  max_seq_len: 'max_position_embeddings',
};

/**
 * Fields of config.json that the settings tell, for a file whose names and shapes tell the family; null: none.
 * @param settings by the names under which a checkpoint keeps them
 */
export function settingsConfig(settings: Readonly<Record<string, unknown>>): Config | null {
  for (const value of Object.values(settings)) {
    if (!isObject(value)) continue;
    const has = (...names: readonly string[]) => names.every((name) => Number.isInteger(value[name]));
    // nanoGPT computes GELU itself, not GPT-2's approximation of it.
    if (has('n_layer', 'n_head', 'n_embd', 'block_size'))
      return { ...fieldsOf(value, NANOGPT), activation_function: 'gelu' };
    if (has('dim', 'n_layers', 'n_heads')) {
      const fields = fieldsOf(value, LLAMA);
      const heads = Number(value['n_heads']);
      return { num_key_value_heads: heads, ...fields, head_dim: Number(value['dim']) / heads };
    }
  }
  return null;
}

function fieldsOf(value: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): Config {
  return Object.fromEntries(
    Object.entries(names).flatMap(([own, field]) => {
      const number = value[own];
      return typeof number === 'number' && number > 0 ? [[field, number] as const] : [];
    }),
  );
}
