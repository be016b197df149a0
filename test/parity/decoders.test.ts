import { describe, expect, test } from 'vitest';
import { generateText } from '../../src/renderer/models/generate.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import {
  closeAll,
  compareActivation,
  compareAll,
  compareParameters,
  idsOf,
  readFixture,
} from '../helpers/parity.ts';
import { testGpu } from '../helpers/gpu.ts';
import { difference } from '../helpers/safetensors.ts';

const urls = import.meta.glob<string>('../fixtures/decoders/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const FAMILIES = [
  'gpt_neo',
  'gpt_neox',
  'opt',
  'llama',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma',
  'gemma2',
  'gemma3_text',
  'phi',
  'phi3',
  'olmo2',
  'smollm3',
  'stablelm',
];
/** What is not an activation of the run over the text alone. */
const OTHER = /^(input_ids|silenced|greedy)/;

const fixtures = byFolder(urls);
const { signal } = new AbortController();

const gpu = await testGpu();

/** @param change fields of its config.json that are written over */
async function fixtureSource(name: string, change: Record<string, unknown> = {}) {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as object;
  files.set('config.json', new TextEncoder().encode(JSON.stringify({ ...config, ...change })));
  // An odd piece size, so that values and tensors are cut anywhere.
  return { source: await memoryModel(name, files, 4099), reference };
}

async function openFixture(name: string) {
  const { source, reference } = await fixtureSource(name);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const maxTokens = Number(reference.metadata['max_new_tokens']);
  return {
    model,
    type: source.model.modelType,
    reference,
    maxTokens,
    input: inputOf(idsOf(reference, 'input_ids')),
  };
}

test('there are at least two configurations of every family', async () => {
  const types = await Promise.all(
    [...fixtures.values()].map(async (files) => {
      const config = new TextDecoder().decode(await fetchBytes(files.get('config.json')));
      return (JSON.parse(config) as { model_type: string }).model_type;
    }),
  );
  for (const family of FAMILIES)
    expect(types.filter((type) => type === family).length, family).toBeGreaterThanOrEqual(2);
});

describe.each([...fixtures.keys()].filter((name) => name !== 'decoders'))('%s', (name) => {
  test.each([
    { budget: 256 * 2 ** 20, keeps: 'q, k and v kept' },
    { budget: 0, keeps: 'q, k and v computed again' },
  ])('every state, attention and logit is that of Transformers, $keeps', async ({ budget }) => {
    gpu.activationBudget = budget;
    const { model, type, reference, input } = await openFixture(name);
    const run = await model.run(input, signal);
    compareParameters(run, name);
    const most = await compareAll(run, reference, OTHER);
    console.info(
      `${type} ${name}: states and logits ${most.others.toExponential(1)}, attentions ${most.attentions.toExponential(1)}`,
    );
    closeAll(gpu, model, run);
  });

  test('silencing a head changes the last states as in Transformers', async () => {
    const { model, reference, input } = await openFixture(name);
    const run = await model.run(input, signal);
    const silent = { kind: 'head', layer: 0, head: run.heads - 1, factor: 0 } as const;
    const changed = await must(model.intervene?.(run, [silent], signal));
    const last = `hidden_states.${run.layers}`;
    const expected = must(reference.tensors.get('silenced')).data;
    await compareActivation(changed, last, expected);
    const before = must(reference.tensors.get(last)).data;
    expect(difference(expected, before).largest).toBeGreaterThan(0.01);
    closeAll(gpu, model, changed, run);
  });

  test('greedy writing with the cache finds the tokens and logits of generate()', async () => {
    gpu.activationBudget = 256 * 2 ** 20;
    const { model, reference, input, maxTokens } = await openFixture(name);
    const expected = reference.tensors.get('greedy.logits');
    if (expected === undefined) {
      // A bare model without a head reads and does not write.
      expect(model.writes).toBeUndefined();
      await expect(generateText(model, input, signal)).rejects.toMatchObject({ code: 'no-generation' });
      closeAll(gpu, model);
      return;
    }
    const run = await generateText(model, { ...input, decode: { maxTokens } }, signal);
    expect(run.tokens.map(({ id }) => id)).toEqual(idsOf(reference, 'greedy'));
    const gap = await compareActivation(run, 'logits', expected.data);
    console.info(`${name}: logits of a written text ${gap.toExponential(1)}`);

    // The same tokens without the cache.
    const again = await model.run({ ...input, tokens: run.tokens }, signal);
    for (const [tensor, activation] of again.activations)
      await compareActivation(run, tensor, await activation.read());
    closeAll(gpu, model, run, again);
  });
});

test.each([
  [
    'llama-mqa-old',
    { num_key_value_heads: 3 },
    'misshapen-tensor',
    'k_proj.weight” is [12, 36]; after config.json it must be [36, 36]',
  ],
  ['llama-mqa-old', { num_hidden_layers: 4 }, 'missing-tensor', '“layers.3.input_layernorm.weight” [36]'],
  ['qwen2-bare', { num_attention_heads: 6 }, 'bad-config', '“num_attention_heads” is 6'],
  ['phi3-longrope', { hidden_act: 'mish' }, 'unknown-activation', '“hidden_act” is “mish”'],
  [
    'gpt-neox-old',
    { rope_scaling: { type: 'ntk', factor: 2 } },
    'unknown-rope-type',
    '“rope_scaling.type” is “ntk”',
  ],
  ['mistral-window-yarn', { sliding_window: 0 }, 'bad-config', '“sliding_window” is 0'],
])('%s with %o does not load, and leaves nothing on the GPU', async (name, change, code, message) => {
  const { source } = await fixtureSource(name, change);
  const load = findFamily(source.model).load(gpu, source, () => undefined, signal);
  await expect(load).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(gpu.memory()).toMatchObject({ weights: 0, activations: 0, scratch: 0 });
});

test('a text may be longer than the positions only where the rotation is stretched', async () => {
  for (const [name, most] of [
    ['gpt-neox-old', 32],
    ['llama-dynamic-bare', 48],
  ] as const) {
    const { model } = await openFixture(name);
    expect(model.maxTokens, name).toBe(most);
    const tooLong = inputOf(Array.from({ length: most + 1 }, () => 9));
    await expect(model.run(tooLong, signal)).rejects.toMatchObject({ code: 'input-too-long' });
    closeAll(gpu, model, await model.run(inputOf(Array.from({ length: most }, () => 9)), signal));
  }
});
