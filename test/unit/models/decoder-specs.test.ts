import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../../../src/common/contract.ts';
import type { Config } from '../../../src/common/configs/config.ts';
import { parseGemma2Config, parseGemma3Config, parseGemmaConfig } from '../../../src/common/configs/gemma.ts';
import { parseGptNeoConfig } from '../../../src/common/configs/gpt-neo.ts';
import { parseGptNeoxConfig } from '../../../src/common/configs/gpt-neox.ts';
import { parseLlamaConfig } from '../../../src/common/configs/llama.ts';
import { requireTensors } from '../../../src/common/configs/match.ts';
import { parseMistralConfig } from '../../../src/common/configs/mistral.ts';
import { parseOptConfig } from '../../../src/common/configs/opt.ts';
import { parsePhiConfig } from '../../../src/common/configs/phi.ts';
import { parsePhi3Config } from '../../../src/common/configs/phi3.ts';
import { parseQwen2Config, parseQwen3Config } from '../../../src/common/configs/qwen.ts';
import { findSpec } from '../../../src/common/configs/registry.ts';
import { parseSmollm3Config } from '../../../src/common/configs/smollm3.ts';
import { parseStablelmConfig } from '../../../src/common/configs/stablelm.ts';
import { must } from '../../helpers/must.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/decoders');
const folders = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Stored {
  readonly config: Config;
  readonly tensors: readonly TensorInfo[];
}

/** The config and the tensors of a fixture, from its header. */
function stored(name: string): Stored {
  const config = JSON.parse(readFileSync(join(FIXTURES, name, 'config.json'), 'utf8')) as Config;
  const bytes = readFileSync(join(FIXTURES, name, 'model.safetensors'));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { shape: number[] }>;
  const tensors = Object.entries(header)
    .filter(([tensor]) => tensor !== '__metadata__')
    .map(([tensor, { shape }]) => info(tensor, shape));
  return { config, tensors };
}

function info(name: string, shape: readonly number[]): TensorInfo {
  return { name, dtype: 'F32', shape: [...shape], file: 'f0', begin: 0, end: 4 };
}

function check({ config, tensors }: Stored) {
  return must(findSpec(String(config['model_type']))).check(config, tensors);
}

describe('files that Transformers saved', () => {
  test.each(folders)('%s: every tensor is expected, and every expected one is there', (name) => {
    const { missing, misshapen, unexpected } = check(stored(name));
    expect({ missing, misshapen, unexpected }).toEqual({ missing: [], misshapen: [], unexpected: [] });
  });

  test.each(folders)('%s: a tensor that is missing or of another shape stops the load', (name) => {
    const { config, tensors } = stored(name);
    const isLayer = (tensor: TensorInfo) =>
      /layers\.0\..*(?<!attention\.(masked_)?)(weight|bias)$/.test(tensor.name);
    for (const tensor of tensors.filter(isLayer)) {
      const without = tensors.filter((other) => other !== tensor);
      expect(() => requireTensors('m', check({ config, tensors: without }))).toThrow(
        `“${tensor.name.replace(/^((model|gpt_neox)\.)?(decoder\.)?/, '')}”`,
      );
      const wrong = info(tensor.name, [...tensor.shape, 1]);
      expect(() => requireTensors('m', check({ config, tensors: [...without, wrong] }))).toThrow(
        `“${tensor.name}” is [${wrong.shape.join(', ')}]; after config.json it must be [${tensor.shape.join(', ')}]`,
      );
    }
  });

  test('the head is needed where it is not tied and the files have the head class’s names', () => {
    const { config, tensors } = stored('llama-mqa-old');
    const without = tensors.filter(({ name }) => name !== 'lm_head.weight');
    expect(check({ config, tensors: without }).missing.map(({ name }) => name)).toEqual(['lm_head.weight']);
    const bare = without.map((tensor) => ({ ...tensor, name: tensor.name.replace('model.', '') }));
    expect(check({ config, tensors: bare }).missing).toEqual([]);
  });

  test('a tensor that the family does not know is listed', () => {
    const { config, tensors } = stored('qwen2-bare');
    const extra = [
      'layers.2.input_layernorm.weight',
      'v_head.summary.weight',
      'layers.0.self_attn.o_proj.bias',
    ];
    const all = [...tensors, ...extra.map((name) => info(name, [28]))];
    expect(check({ config, tensors: all }).unexpected.map(({ name }) => name)).toEqual(extra);
  });
});

/** Configs of published models, without what they leave at its default, and how many parameters these have. */
const PUBLISHED: readonly (readonly [name: string, parameters: number, config: Config])[] = [
  [
    'Pythia 70M',
    70_426_624,
    {
      ...{ model_type: 'gpt_neox', hidden_size: 512, num_attention_heads: 8, num_hidden_layers: 6 },
      ...{ intermediate_size: 2048, vocab_size: 50304, rotary_pct: 0.25, rotary_emb_base: 10000 },
    },
  ],
  [
    'TinyLlama 1.1B',
    1_100_048_384,
    {
      ...{ model_type: 'llama', hidden_size: 2048, num_attention_heads: 32, num_key_value_heads: 4 },
      ...{ num_hidden_layers: 22, intermediate_size: 5632, rope_theta: 10000.0, rope_scaling: null },
    },
  ],
  [
    'SmolLM 135M',
    134_515_008,
    {
      ...{ model_type: 'llama', hidden_size: 576, num_attention_heads: 9, num_key_value_heads: 3 },
      ...{ num_hidden_layers: 30, intermediate_size: 1536, vocab_size: 49152, tie_word_embeddings: true },
    },
  ],
  [
    'Llama 3.2 1B',
    1_235_814_400,
    {
      ...{ model_type: 'llama', hidden_size: 2048, num_attention_heads: 32, num_key_value_heads: 8 },
      ...{ num_hidden_layers: 16, intermediate_size: 8192, vocab_size: 128256, tie_word_embeddings: true },
      ...{ head_dim: 64, max_position_embeddings: 131072, rope_theta: 500000.0 },
      rope_scaling: {
        ...{ rope_type: 'llama3', factor: 32.0, high_freq_factor: 4.0, low_freq_factor: 1.0 },
        original_max_position_embeddings: 8192,
      },
    },
  ],
  ['Mistral 7B', 7_241_732_096, { model_type: 'mistral', rope_theta: 10000.0 }],
  [
    'Qwen2.5 0.5B',
    494_032_768,
    {
      ...{ model_type: 'qwen2', hidden_size: 896, num_attention_heads: 14, num_key_value_heads: 2 },
      ...{ num_hidden_layers: 24, intermediate_size: 4864, rope_theta: 1000000.0, tie_word_embeddings: true },
      ...{ max_window_layers: 24, sliding_window: 32768, use_sliding_window: false },
    },
  ],
  [
    'Qwen3 0.6B',
    596_049_920,
    {
      ...{ model_type: 'qwen3', hidden_size: 1024, num_attention_heads: 16, num_key_value_heads: 8 },
      ...{ num_hidden_layers: 28, intermediate_size: 3072, head_dim: 128, tie_word_embeddings: true },
      ...{ max_window_layers: 28, sliding_window: null, use_sliding_window: false, rope_scaling: null },
    },
  ],
  [
    'Gemma 2B',
    2_506_172_416,
    {
      ...{ model_type: 'gemma', hidden_size: 2048, num_attention_heads: 8, num_key_value_heads: 1 },
      ...{ num_hidden_layers: 18, intermediate_size: 16384, hidden_activation: null, hidden_act: 'gelu' },
    },
  ],
  ['Gemma 2 2B', 2_614_341_888, { model_type: 'gemma2', hidden_act: 'gelu_pytorch_tanh' }],
  [
    'Gemma 3 1B',
    999_885_952,
    {
      ...{ model_type: 'gemma3_text', hidden_size: 1152, num_attention_heads: 4, num_key_value_heads: 1 },
      ...{ num_hidden_layers: 26, intermediate_size: 6912, vocab_size: 262144, sliding_window_pattern: 6 },
      ...{ rope_local_base_freq: 10000, rope_theta: 1000000, rope_scaling: null, sliding_window: 512 },
    },
  ],
  [
    'GPT-Neo 125M',
    125_198_592,
    {
      ...{ model_type: 'gpt_neo', hidden_size: 768, num_heads: 12, num_layers: 12, intermediate_size: null },
      attention_types: [[['global', 'local'], 6]],
    },
  ],
  [
    'OLMo 2 1B',
    1_484_916_736,
    {
      ...{ model_type: 'olmo2', hidden_size: 2048, num_attention_heads: 16, num_hidden_layers: 16 },
      ...{ intermediate_size: 8192, vocab_size: 100352, rope_theta: 500000 },
    },
  ],
  ['SmolLM3 3B', 3_075_098_624, { model_type: 'smollm3', rope_theta: 5000000.0 }],
  [
    'StableLM 2 1.6B',
    1_644_515_328,
    {
      ...{ model_type: 'stablelm', hidden_size: 2048, num_key_value_heads: 32, intermediate_size: 5632 },
      ...{ num_hidden_layers: 24, vocab_size: 100352, use_qkv_bias: true, partial_rotary_factor: 0.25 },
    },
  ],
  ['OPT 125M', 125_239_296, { model_type: 'opt', word_embed_proj_dim: 768, _remove_final_layer_norm: false }],
  [
    'Phi-2',
    2_779_683_840,
    {
      ...{ model_type: 'phi', hidden_size: 2560, intermediate_size: 10240, num_hidden_layers: 32 },
      ...{ num_key_value_heads: 32, partial_rotary_factor: 0.4, qk_layernorm: false, rope_scaling: null },
    },
  ],
  [
    'Phi-3 mini 4k',
    3_821_079_552,
    { model_type: 'phi3', num_key_value_heads: 32, rope_scaling: null, sliding_window: 2047 },
  ],
];

test.each(PUBLISHED)('%s has %i parameters', (_, parameters, config) => {
  // A name with the prefix, so that an untied head counts.
  const tensors = ['model.norm', 'gpt_neox.norm'].map((name) => info(name, [1]));
  const { missing } = check({ config, tensors });
  const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  expect(missing.reduce((sum, { shape }) => sum + count(shape), 0)).toBe(parameters);
});

describe('configs', () => {
  test('windows by layer', () => {
    const qwen = { num_hidden_layers: 3, sliding_window: 4, max_window_layers: 1 };
    expect(parseQwen2Config(qwen).windows).toEqual([null, null, null]);
    expect(parseQwen2Config({ ...qwen, use_sliding_window: true }).windows).toEqual([null, 4, 4]);
    const layer_types = ['sliding_attention', 'full_attention', 'full_attention'];
    expect(parseQwen3Config({ ...qwen, use_sliding_window: true, layer_types }).windows).toEqual([
      4,
      null,
      null,
    ]);
    expect(parseGemma2Config({ num_hidden_layers: 3, sliding_window: 7 }).windows).toEqual([7, null, 7]);
    const gemma3 = parseGemma3Config({
      ...{ num_hidden_layers: 7, sliding_window: 512, max_position_embeddings: 131072 },
      ...{ rope_theta: 1e6, rope_local_base_freq: 1e4, rope_scaling: { rope_type: 'linear', factor: 8 } },
    });
    expect(gemma3.windows).toEqual([512, 512, 512, 512, 512, null, 512]);
    expect(gemma3.ropes?.[0]).toEqual({ kind: 'default', theta: 1e4 });
    expect(gemma3.ropes?.[5]).toEqual({ kind: 'linear', theta: 1e6, factor: 8 });
    // The stretching is counted in the positions already.
    expect(gemma3.positions).toBe(131072);
    expect(parseMistralConfig({ num_hidden_layers: 2 }).windows).toEqual([4096, 4096]);
    expect(parseMistralConfig({ num_hidden_layers: 2, sliding_window: null }).windows).toEqual([null, null]);
    expect(parsePhi3Config({ num_hidden_layers: 1, sliding_window: 3 }).windows).toEqual([3]);
  });

  test('null means none where it does', () => {
    expect(parseGemma2Config({ attn_logit_softcapping: null })).toMatchObject({
      scoreCap: null,
      logitCap: 30,
    });
    expect(parseLlamaConfig({ num_attention_heads: 8, num_key_value_heads: null }).keyHeads).toBe(8);
    expect(parseMistralConfig({ num_attention_heads: 16 }).keyHeads).toBe(8);
  });

  test('heads are as wide as the config says, else D / H', () => {
    expect(parseLlamaConfig({ hidden_size: 24, num_attention_heads: 6 }).headWidth).toBe(4);
    expect(parseLlamaConfig({ hidden_size: 24, num_attention_heads: 5, head_dim: 6 }).headWidth).toBe(6);
    expect(parseQwen3Config({ hidden_size: 24 }).headWidth).toBe(128);
  });

  test('Gemma’s first releases say gelu and mean gelu_tanh', () => {
    expect(parseGemmaConfig({ hidden_act: 'gelu' }).activation).toBe('gelu_tanh');
  });

  test.each([
    [
      parseLlamaConfig,
      { hidden_size: 30, num_attention_heads: 4 },
      '“num_attention_heads” is 4; it must be a divisor of hidden_size, which is 30',
    ],
    [
      parseLlamaConfig,
      { num_key_value_heads: 5 },
      '“num_key_value_heads” is 5; it must be a divisor of num_attention_heads, which is 32',
    ],
    [
      parseLlamaConfig,
      { hidden_size: 35, num_attention_heads: 5 },
      '“head_dim” is 7; it must be such that an even number',
    ],
    [parseLlamaConfig, { hidden_act: 'mish' }, '“hidden_act” is “mish”'],
    [parseLlamaConfig, { rope_scaling: { type: 'mrope' } }, '“rope_scaling.type” is “mrope”'],
    [parseLlamaConfig, { attention_bias: 'yes' }, '“attention_bias” is "yes"; it must be true or false'],
    [parseMistralConfig, { sliding_window: 0 }, '“sliding_window” is 0; it must be a whole number above 0'],
    [
      parseQwen2Config,
      { layer_types: ['full_attention'] },
      '“layer_types” is ["full_attention"]; it must be a list of 32 words',
    ],
    [
      parseQwen3Config,
      { num_hidden_layers: 1, layer_types: ['sliding_attention'] },
      '“sliding_window” is null',
    ],
    [
      parseQwen3Config,
      { num_hidden_layers: 1, layer_types: ['linear_attention'] },
      '“layer_types” has "linear_attention"',
    ],
    [parseGemma2Config, { final_logit_softcapping: 0 }, '“final_logit_softcapping” is 0'],
    [parseGemma2Config, { use_bidirectional_attention: true }, '“use_bidirectional_attention” is true'],
    [
      parsePhiConfig,
      { hidden_size: 30, num_attention_heads: 5 },
      '“partial_rotary_factor” is 0.5; it must be such that an even number of the 6',
    ],
    [
      parseOptConfig,
      { hidden_size: 1024, num_attention_heads: 16, word_embed_proj_dim: 512 },
      '“word_embed_proj_dim” is 512 and “hidden_size” 1024',
    ],
    [
      parseGptNeoConfig,
      { num_layers: 3, attention_types: [[['global', 'local'], 2]] },
      'that tells each of the 3 layers',
    ],
    [parseGptNeoConfig, { attention_types: [[['local'], 1e9]] }, '“attention_types” is'],
    [parseGptNeoConfig, { attention_types: [[['near'], 24]] }, '“attention_types” is'],
    [parseSmollm3Config, { no_rope_layers: [1, 0] }, 'a list of 36 numbers, each 0 or 1'],
    [parseStablelmConfig, { qk_layernorm: true }, '“qk_layernorm” is true'],
    [parseGptNeoxConfig, { rotary_pct: 2 }, '“rotary_pct” is 2'],
    [parseGptNeoxConfig, { hidden_size: 10, num_attention_heads: 4 }, '“num_attention_heads” is 4'],
  ])('%o refuses %o', (parse, config: Config, message) => {
    expect(() => parse(config)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(bad-config|unsupported-config|unknown-(activation|rope-type))$/),
        message: expect.stringContaining(message),
        hint: expect.stringMatching(/\.$/),
      }),
    );
  });
});

test('a file that is its own config is told as such', () => {
  const none = check({ config: stored(must(folders[0])).config, tensors: [] });
  expect(() => requireTensors('m', none, 'gguf')).toThrow('which its metadata calls for');
  expect(() => requireTensors('m', none, 'safetensors')).toThrow('which config.json calls for');
});
