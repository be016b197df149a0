import { describe, expect, test } from 'vitest';
import { foreignKind } from '../../../src/common/fit/foreign.ts';
import { LLAMA, open } from './folder-model.ts';

const LORA = { peft_type: 'LORA', r: 8, base_model_name_or_path: 'someone/tiny-base' };
const A = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';
const quantised = (fields: object) => ({ ...LLAMA, quantization_config: fields });

type Row = readonly [
  what: string,
  config: object | null,
  adapter: object | null,
  names: readonly string[],
  code: string | null,
  said: RegExp,
];

test.each<Row>([
  ['LoRA', null, LORA, [A], 'adapter', /a LoRA adapter \(rank 8\) of "someone\/tiny-base".*merge_and_unload/],
  ['LoRA without its config', null, null, [A], 'adapter', /is a LoRA adapter: only/],
  [
    'a learned prompt',
    null,
    { peft_type: 'PROMPT_TUNING' },
    ['prompt_embeddings'],
    'adapter',
    /PROMPT_TUNING.*can’t be merged into weights: open the base model/,
  ],
  [
    'LoRA of kohya’s scripts',
    null,
    null,
    ['lora_unet_x.lora_down.weight', 'lora_unet_x.lora_up.weight', 'lora_unet_x.alpha'],
    'adapter',
    /a LoRA adapter: only.*fuse_lora/,
  ],
  ['LoRA beside its base', LLAMA, null, ['m.q_proj.base_layer.weight', A], 'unmerged-adapter', /not merged/],
  [
    'AWQ',
    quantised({ quant_method: 'awq', bits: 4 }),
    null,
    ['a.qweight', 'a.qzeros', 'a.scales'],
    'quantised',
    /AWQ quantised to 4 bits/,
  ],
  [
    'GPTQ',
    quantised({ quant_method: 'gptq', bits: 8 }),
    null,
    ['a.qweight', 'a.g_idx'],
    'quantised',
    /GPTQ quantised to 8 bits/,
  ],
  ['GPTQ, told by its tensors', LLAMA, null, ['a.qweight', 'a.g_idx'], 'quantised', /GPTQ/],
  [
    'bitsandbytes in 4 bits',
    quantised({ quant_method: 'bitsandbytes', load_in_4bit: true }),
    null,
    ['a.weight', 'a.weight.absmax', 'a.weight.quant_map'],
    'quantised',
    /bitsandbytes quantised to 4 bits/,
  ],
  ['bitsandbytes in 8 bits', LLAMA, null, ['a.weight', 'a.SCB'], 'quantised', /bitsandbytes/],
  [
    'fp8 whose scales are left',
    LLAMA,
    null,
    ['a.weight', 'a.weight_scale_inv'],
    'quantised',
    /FP8.*scales have not been multiplied in/,
  ],
  [
    'compressed-tensors',
    quantised({ quant_method: 'compressed-tensors' }),
    null,
    ['a.weight_packed'],
    'quantised',
    /compressed-tensors/,
  ],
  ['a method of tomorrow', quantised({ quant_method: 'zip9' }), null, ['a.qweight'], 'quantised', /"zip9"/],
  [
    'weights that a config only says to be quantised',
    quantised({ quant_method: 'awq' }),
    null,
    ['a.weight'],
    null,
    /^$/,
  ],
  [
    'weights for TensorFlow',
    { model_type: 'bert' },
    null,
    ['bert/tf_bert_model/bert/encoder/layer_._0/attention/self/query/kernel:0'],
    'tensorflow',
    /Transformers model for TensorFlow.*from_tf=True/,
  ],
  ['a model', LLAMA, null, ['model.embed_tokens.weight', 'lm_head.weight'], null, /^$/],
])('tells %s', (_, config, adapter, names, code, said) => {
  const tensors = names.map((name) => ({ name, dtype: 'F32' as const }));
  const error = foreignKind({ name: 'mine', config: config as never, adapter: adapter as never, tensors });
  expect(error?.code ?? null).toBe(code);
  expect(error === null ? '' : `${error.message} ${error.hint}`).toMatch(said);
});

describe('an adapter in a folder', () => {
  test('is refused for what it is', async () => {
    const { detail } = await open(null, { [A]: [8, 8] }, { 'adapter_config.json': JSON.stringify(LORA) });
    expect(detail.refusal?.code).toBe('adapter');
    expect(detail.tensors).toHaveLength(1);
  });

  test('beside a whole model is said not to count', async () => {
    const more = { 'adapter_config.json': JSON.stringify(LORA) };
    const { detail } = await open(LLAMA, { 'model.embed_tokens.weight': [11, 8] }, more);
    expect([detail.refusal, detail.cautions]).toEqual([undefined, [expect.stringContaining('not applied')]]);
  });
});
