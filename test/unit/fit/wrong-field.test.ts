import { expect, test } from 'vitest';
import { GPT2, open, shapesOf } from './folder-model.ts';

const NAME = 'it must be the name of a family, such as "gpt2".';
const HEADS = 'it must be an object of lists of heads by layer, such as {"0": [1, 3]}.';
const PART = 'it must be an object, the config of the language model.';

test.each<[config: object, message: string]>([
  [{ model_type: {} }, `config.json: “model_type” is {}; ${NAME}`],
  [{ model_type: { name: 'gpt2' } }, `config.json: “model_type” is {"name":"gpt2"}; ${NAME}`],
  [{ model_type: ['gpt2'] }, `config.json: “model_type” is ["gpt2"]; ${NAME}`],
  [{ model_type: 2 }, `config.json: “model_type” is 2; ${NAME}`],
  [{ model_type: true }, `config.json: “model_type” is true; ${NAME}`],
  [{ model_type: '' }, `config.json: “model_type” is ""; ${NAME}`],
  [{ text_config: 'gpt2' }, `config.json: “text_config” is "gpt2"; ${PART}`],
  [{ text_config: [1] }, `config.json: “text_config” is [1]; ${PART}`],
  [{ llm_config: { model_type: 7 } }, `config.json: “model_type” in “llm_config” is 7; ${NAME}`],
  [{ pruned_heads: [1] }, `config.json: “pruned_heads” is [1]; ${HEADS}`],
  [{ pruned_heads: { a: [1] } }, `config.json: “pruned_heads” is {"a":[1]}; ${HEADS}`],
  [{ pruned_heads: { 0: 1 } }, `config.json: “pruned_heads” is {"0":1}; ${HEADS}`],
  [{ pruned_heads: { 0: [1.5] } }, `config.json: “pruned_heads” is {"0":[1.5]}; ${HEADS}`],
])('%j is named, and the tensors can be looked at', async (fields, message) => {
  const { detail } = await open({ ...GPT2, ...fields }, shapesOf(GPT2));
  expect(detail.refusal).toMatchObject({ code: 'bad-config', message });
  expect(detail.tensors.length).toBeGreaterThan(20);
});

test.each([
  { model_type: null },
  { text_config: null },
  { pruned_heads: {} },
  { architectures: 'GPT2Model' },
])('%j counts as absent, or does no harm', async (fields) => {
  const { detail } = await open({ ...GPT2, ...fields }, shapesOf(GPT2));
  expect(detail.refusal).toBeUndefined();
});
