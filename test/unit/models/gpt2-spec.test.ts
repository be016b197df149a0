import { describe, expect, test } from 'vitest';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { expectedGpt2Tensors, gpt2Spec, parseGpt2Config } from '../../../src/common/configs/gpt2.ts';
import { requireTensors } from '../../../src/common/configs/match.ts';
import { findSpec, unknownModelType } from '../../../src/common/configs/registry.ts';
import { findFamily } from '../../../src/renderer/families/registry.ts';

const CONFIG = { model_type: 'gpt2', n_embd: 8, n_head: 2, n_layer: 1, vocab_size: 11, n_positions: 5 };

function tensors(config: Record<string, unknown> = CONFIG, prefix = 'transformer.'): TensorInfo[] {
  return expectedGpt2Tensors(parseGpt2Config(config), [])
    .filter(({ optional }) => !optional)
    .map(({ name, shape }) => ({
      name: name.startsWith('lm_head') ? name : prefix + name,
      dtype: 'F32',
      shape: [...shape],
      file: 'f0',
      begin: 0,
      end: 4,
    }));
}

describe('config', () => {
  test('what is absent has the defaults of Transformers', () => {
    expect(parseGpt2Config({})).toEqual({
      vocabulary: 50257,
      positions: 1024,
      width: 768,
      layers: 12,
      heads: 12,
      inner: 3072,
      activation: 'gelu_tanh',
      epsilon: 1e-5,
      scaleByWidth: true,
      scaleByLayer: false,
      tied: true,
    });
  });

  test('the generic names count too; n_inner null is four widths', () => {
    const config = { hidden_size: 6, num_attention_heads: 3, num_hidden_layers: 2, n_inner: null };
    expect(parseGpt2Config(config)).toMatchObject({ width: 6, heads: 3, layers: 2, inner: 24 });
  });

  test.each([
    [{ n_embd: 0 }, 'bad-config', '“n_embd” is 0; it must be a whole number above 0'],
    [{ n_embd: 2.5 }, 'bad-config', '“n_embd” is 2.5'],
    [{ n_layer: '12' }, 'bad-config', '“n_layer” is "12"'],
    [{ vocab_size: 1e12 }, 'bad-config', '“vocab_size” is 1000000000000; it must be at most 134,217,728'],
    [
      { n_embd: 10 },
      'bad-config',
      '“n_head” is missing, and 12, which then stands for it, is not a divisor of',
    ],
    [{ n_head: 7 }, 'bad-config', '“n_head” is 7; it must be a divisor of n_embd, which is 768'],
    [{ layer_norm_epsilon: -1 }, 'bad-config', '“layer_norm_epsilon” is -1; it must be a number from 0 on'],
    [{ scale_attn_weights: 1 }, 'bad-config', '“scale_attn_weights” is 1; it must be true or false'],
    [{ activation_function: 3 }, 'bad-config', '“activation_function” is 3'],
    [{ activation_function: 'mish' }, 'unknown-activation', '“activation_function” is “mish”'],
    [{ add_cross_attention: true }, 'unsupported-config', '“add_cross_attention” is true'],
  ])('%o is refused', (config, code, message) => {
    expect(() => parseGpt2Config(config)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(message),
        hint: expect.stringMatching(/\.$/),
      }),
    );
  });

  test.each([
    ['gelu_new', 'gelu_tanh'],
    ['gelu_pytorch_tanh', 'gelu_tanh'],
    ['gelu', 'gelu_erf'],
    ['relu', 'relu'],
    ['silu', 'silu'],
    ['swish', 'silu'],
    ['tanh', 'tanh'],
  ])('%s is %s', (name, activation) => {
    expect(parseGpt2Config({ activation_function: name }).activation).toBe(activation);
  });
});

describe('tensors', () => {
  test.each(['', 'transformer.'])('are found under the prefix “%s”', (prefix) => {
    const check = gpt2Spec.check(CONFIG, tensors(CONFIG, prefix));
    expect(check.missing).toEqual([]);
    expect(check.misshapen).toEqual([]);
    expect(check.unexpected).toEqual([]);
    expect(check.found.get('wte.weight')?.name).toBe(`${prefix}wte.weight`);
    expect(() => requireTensors('m', check)).not.toThrow();
  });

  test('mask buffers are ignored, a tied head may be there, others are unexpected', () => {
    const extra = (name: string, shape: number[]): TensorInfo => ({
      name,
      dtype: 'F32',
      shape,
      file: 'f0',
      begin: 0,
      end: 4,
    });
    const check = gpt2Spec.check(CONFIG, [
      ...tensors(),
      extra('transformer.h.0.attn.bias', [1, 1, 5, 5]),
      extra('transformer.h.0.attn.masked_bias', []),
      extra('lm_head.weight', [11, 8]),
      extra('transformer.h.1.ln_1.weight', [8]),
    ]);
    expect(check.unexpected.map(({ name }) => name)).toEqual(['transformer.h.1.ln_1.weight']);
  });

  test('a missing tensor is named, and how many more there are', () => {
    const partial = tensors().filter(({ name }) => !name.includes('c_attn'));
    expect(() => requireTensors('tiny', gpt2Spec.check(CONFIG, partial))).toThrow(
      'tiny: the tensor “h.0.attn.c_attn.weight” [8, 24], which config.json calls for, is in none of the files, nor is another one.',
    );
  });

  test('an untied head is needed', () => {
    const untied = { ...CONFIG, tie_word_embeddings: false };
    expect(gpt2Spec.check(untied, tensors(CONFIG)).missing.map(({ name }) => name)).toEqual([
      'lm_head.weight',
    ]);
  });

  test('a wrong shape is told with both shapes', () => {
    const wrong = tensors().map((tensor) =>
      tensor.name.endsWith('wpe.weight') ? { ...tensor, shape: [6, 8] } : tensor,
    );
    expect(() => requireTensors('tiny', gpt2Spec.check(CONFIG, wrong))).toThrow(
      'tiny: the tensor “transformer.wpe.weight” is [6, 8]; after config.json it must be [5, 8].',
    );
  });
});

describe('registry', () => {
  test('families are found by model_type', () => {
    expect(findSpec('gpt2')).toBe(gpt2Spec);
    expect(findSpec('none')).toBeNull();
    expect(findSpec(null)).toBeNull();
    expect(findFamily({ name: 'm', modelType: 'gpt2' }).spec).toBe(gpt2Spec);
  });

  test('an unknown type is told with the types that there are', () => {
    expect(() => findFamily({ name: 'm', modelType: 'mamba' })).toThrow(
      'm: Headgate does not know the model_type “mamba”.',
    );
    expect(() => findFamily({ name: 'm', modelType: null })).toThrow('nothing says what kind of model it is');
    expect(unknownModelType({ name: 'm', modelType: 'mamba' })).toMatchObject({
      code: 'unknown-model-type',
      hint: expect.stringContaining('gpt2'),
    });
  });
});
