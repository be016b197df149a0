import { describe, expect, test } from 'vitest';
import { withRecognisedConfig } from '../../../src/common/configs/recognised.ts';
import { findSpec } from '../../../src/common/configs/registry.ts';
import { must } from '../../helpers/must.ts';
import { BERT, GPT2, LLAMA, open, renamed, shapesOf, type Shapes } from './folder-model.ts';

const HEAD = { 'lm_head.weight': [11, 128] };
const D = { hidden_size: 128, num_attention_heads: 2, intermediate_size: 160 };
const SIDES = {
  encoder_layers: 2,
  decoder_layers: 1,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 160,
  decoder_ffn_dim: 96,
};

/** What a file without a config becomes. */
async function told(shapes: Shapes) {
  const { detail, bytes } = await open(null, shapes);
  const { model, recognised } = withRecognisedConfig(detail);
  const check = must(findSpec(model.modelType)).check(model.config ?? {}, model.tensors);
  return { detail, bytes, recognised: must(recognised), check, config: must(model.config) };
}

describe('a Transformer without a config', () => {
  test.each<[string, Record<string, unknown>, Shapes]>([
    ['gpt2', { ...GPT2, n_embd: 128 }, {}],
    ['llama', { ...LLAMA, ...D }, HEAD],
    ['llama', { ...LLAMA, ...D, tie_word_embeddings: true, num_key_value_heads: 1 }, {}],
    ['qwen2', { ...LLAMA, ...D, model_type: 'qwen2', num_key_value_heads: 1 }, HEAD],
    [
      'qwen3',
      { ...LLAMA, ...D, model_type: 'qwen3', head_dim: 32, num_attention_heads: 4, num_key_value_heads: 2 },
      HEAD,
    ],
    [
      'gemma2',
      {
        ...LLAMA,
        ...D,
        model_type: 'gemma2',
        tie_word_embeddings: true,
        head_dim: 64,
        num_key_value_heads: 1,
      },
      {},
    ],
    [
      'gemma3_text',
      {
        ...LLAMA,
        ...D,
        model_type: 'gemma3_text',
        tie_word_embeddings: true,
        head_dim: 32,
        num_attention_heads: 4,
        num_key_value_heads: 1,
      },
      {},
    ],
    ['olmo2', { ...LLAMA, ...D, model_type: 'olmo2' }, HEAD],
    ['phi3', { ...LLAMA, ...D, model_type: 'phi3' }, HEAD],
    ['phi', { ...LLAMA, ...D, model_type: 'phi' }, { ...HEAD, 'lm_head.bias': [11] }],
    ['gpt_neox', { ...LLAMA, ...D, model_type: 'gpt_neox' }, { 'embed_out.weight': [11, 128] }],
    ['bert', { ...BERT, ...D, max_position_embeddings: 32 }, {}],
    [
      'roberta',
      { ...BERT, ...D, model_type: 'roberta', type_vocab_size: 1, max_position_embeddings: 34 },
      {},
    ],
    [
      'distilbert',
      {
        model_type: 'distilbert',
        vocab_size: 11,
        dim: 128,
        n_heads: 2,
        n_layers: 2,
        hidden_dim: 160,
        max_position_embeddings: 32,
      },
      {},
    ],
    [
      't5',
      {
        model_type: 't5',
        vocab_size: 11,
        d_model: 24,
        num_layers: 2,
        num_heads: 3,
        d_kv: 5,
        d_ff: 32,
        feed_forward_proj: 'gated-gelu',
      },
      {},
    ],
    ['bart', { model_type: 'bart', vocab_size: 11, d_model: 128, max_position_embeddings: 32, ...SIDES }, {}],
  ])('%s is told by names and shapes', async (type, given, more) => {
    const own =
      Object.keys(more).length > 0 && type !== 'gpt2' ? { 'model.x': [1], 'gpt_neox.x': [1], ...more } : more;
    const shapes = shapesOf(given, own);
    delete shapes['model.x'];
    delete shapes['gpt_neox.x'];
    const { config, check, recognised } = await told(shapes);
    expect(config).toMatchObject({ model_type: type });
    const number = (value: unknown) => (typeof value === 'number' && value > 1 ? value : null);
    for (const [field, value] of Object.entries(given))
      if (number(value) !== null && field in config) expect([field, config[field]]).toEqual([field, value]);
    expect(check).toMatchObject({ missing: [], misshapen: [], unexpected: [] });
    expect(recognised.assumed.join()).toMatch(/heads: shapes do not tell|usual/);
  });

  test('nanoGPT: wrapped, turned round, without biases', async () => {
    const shapes = Object.fromEntries(
      Object.entries(shapesOf({ ...GPT2, n_embd: 128 }))
        .filter(([name]) => !name.endsWith('.bias'))
        .map(([name, shape]) => [name, /\.c_\w+\.weight$/.test(name) ? shape.toReversed() : shape]),
    );
    const { check, detail, bytes } = await told(
      renamed({ ...shapes, 'lm_head.weight': [11, 128] }, (name) =>
        `_orig_mod.transformer.${name}`.replace('transformer.lm', 'lm'),
      ),
    );
    expect(check).toMatchObject({ missing: [], misshapen: [], unexpected: [] });
    expect(detail.reading).toMatchObject({
      prefix: '_orig_mod.',
      transposed: { length: 8 },
      zeros: { length: 13 },
    });
    expect((await bytes('ln_f.bias')).every((byte) => byte === 0)).toBe(true);
    expect(detail.notes.join()).toMatch(/without 13 biases/);
  });

  test('a file that lacks a layer’s biases is no such model', async () => {
    const shapes = shapesOf({ ...GPT2, n_embd: 128 });
    delete shapes['h.1.ln_1.bias'];
    expect(withRecognisedConfig((await open(null, shapes)).detail).recognised).toBe(null);
  });
});

describe('what a training script kept of its model', () => {
  const size = { vocab_size: 11, hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 1 };
  const llama = { model_type: 'llama', ...size, num_key_value_heads: 1, intermediate_size: 6 };
  const META: Record<string, string> = {
    ...{ embed_tokens: 'tok_embeddings', lm_head: 'output', input_layernorm: 'attention_norm' },
    ...{ q_proj: 'wq', k_proj: 'wk', v_proj: 'wv', o_proj: 'wo', post_attention_layernorm: 'ffn_norm' },
    ...{ gate_proj: 'w1', down_proj: 'w2', up_proj: 'w3', self_attn: 'attention', mlp: 'feed_forward' },
  };
  const shapes = renamed(shapesOf(llama, { 'model.x': [1], 'lm_head.weight': [11, 8] }), (name) =>
    name
      .split('.')
      .map((part) => META[part] ?? part)
      .join('.'),
  );
  delete shapes['model.x'];
  const params = JSON.stringify({
    dim: 8,
    n_layers: 1,
    n_heads: 2,
    n_kv_heads: 1,
    norm_eps: 1e-5,
    max_seq_len: 9,
  });

  test('a Llama under Meta’s names runs with its rows in Hugging Face’s order', async () => {
    const { detail, bytes } = await open(null, shapes, { 'params.json': params });
    const { model, recognised } = withRecognisedConfig(detail);
    const check = must(findSpec(model.modelType)).check(model.config ?? {}, model.tensors);
    expect(check).toMatchObject({ missing: [], misshapen: [], unexpected: [] });
    expect(model.config).toMatchObject({ rms_norm_eps: 1e-5, head_dim: 4, num_key_value_heads: 1 });
    expect(recognised?.assumed.join()).not.toContain('heads:');
    const stored = await open({ model_type: 'abacus' }, shapes);
    const rows = (all: Uint8Array) =>
      Array.from({ length: 8 }, (_, row) => [...all.subarray(row * 32, row * 32 + 32)]);
    const from = rows(await stored.bytes('layers.0.attention.wq.weight'));
    const to = rows(await bytes('layers.0.self_attn.q_proj.weight'));
    expect(to).toEqual([0, 2, 1, 3, 4, 6, 5, 7].map((row) => from[row]));
  });
});
