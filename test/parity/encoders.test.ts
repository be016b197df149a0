import { describe, expect, test } from 'vitest';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { byFolder, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { closeAll, compareAll, compareParameters, pairOf, readFixture } from '../helpers/parity.ts';
import { testGpu } from '../helpers/gpu.ts';
import { predictsOf, topOf } from '../../src/renderer/runs/facets/readout.ts';

const urls = import.meta.glob<string>(
  ['../fixtures/encoders/*/*.{json,safetensors}', '../../assets/models/headgate-bert/*.{json,safetensors}'],
  { query: '?url', import: 'default', eager: true },
);
const poolings = import.meta.glob<string>('../fixtures/encoders/*/1_Pooling/config.json', {
  query: '?url',
  import: 'default',
  eager: true,
});
const bundledReference = import.meta.glob<string>('../fixtures/encoders/bundled-reference.safetensors', {
  query: '?url',
  import: 'default',
  eager: true,
});
const { signal } = new AbortController();

const fixtures = byFolder(urls);
for (const [path, url] of Object.entries(poolings))
  fixtures.get(path.split('/').at(-3) ?? '')?.set('1_Pooling/config.json', url);
for (const url of Object.values(bundledReference))
  fixtures.get('headgate-bert')?.set('reference.safetensors', url);

const gpu = await testGpu();

test('there are fixtures of every family', () => {
  const families = [...fixtures.keys()].map((name) => name.split('-')[0]);
  for (const family of ['bert', 'roberta', 'distilbert', 'electra', 'modernbert', 'mpnet', 'albert'])
    expect(families.filter((found) => found === family).length, family).toBeGreaterThanOrEqual(2);
});

async function openFixture(name: string) {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  // An odd piece size, so that values and tensors are cut anywhere.
  const source = await memoryModel(name, files, 4099);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  return { model, reference, input: pairOf(reference) };
}

describe.each([...fixtures.keys()])('%s', (name) => {
  test.each([
    { budget: 256 * 2 ** 20, keeps: 'q, k and v kept' },
    { budget: 0, keeps: 'q, k and v computed again' },
  ])('everything that the model gives is what Transformers gives, $keeps', async ({ budget }) => {
    gpu.activationBudget = budget;
    const { model, reference, input } = await openFixture(name);
    const run = await model.run(input, signal);
    compareParameters(run, name);
    const most = await compareAll(run, reference, /^(input_ids|token_type_ids)$/);
    console.info(
      `${name}: states and outputs ${most.others.toExponential(1)}, attentions ${most.attentions.toExponential(1)}`,
    );
    const predicts = name === 'electra-discriminator' ? 'replaced' : 'own';
    expect(predictsOf(run)).toBe(reference.tensors.has('logits') ? predicts : null);
    expect(run.attention.map(({ kind, causal }) => [kind, causal])).toEqual([['self', false]]);
    closeAll(gpu, model, run);
  });

  test('the best token of a position is that of its own logits', async () => {
    gpu.activationBudget = 256 * 2 ** 20;
    const { model, reference, input } = await openFixture(name);
    const run = await model.run(input, signal);
    const { shape = [], data = new Float32Array() } = reference.tensors.get('logits') ?? {};
    const [, vocabulary] = shape;
    const top = await topOf(run, 3, 4);
    if (shape.length === 1) {
      const [first, second] = top;
      const replaced = must(first?.token.text === 'replaced' ? first : second);
      expect(replaced.logit).toBeCloseTo(data[3] ?? NaN, 4);
      expect(replaced.probability).toBeCloseTo(1 / (1 + Math.exp(-(data[3] ?? NaN))), 5);
      expect(must(first).probability + must(second).probability).toBeCloseTo(1, 6);
    } else if (vocabulary === undefined) expect(top).toEqual([]);
    else {
      const row = [...data.slice(3 * vocabulary, 4 * vocabulary)];
      expect(top[0]?.token.id).toBe(row.indexOf(Math.max(...row)));
      expect(top[0]?.logit).toBeCloseTo(Math.max(...row), 2);
    }
    closeAll(gpu, model, run);
  });
});

test('a text longer than the positions, and a folder whose config contradicts its tensors, are refused', async () => {
  // Positions are counted from the one behind the padding token's: 21 of 25 are left.
  const { model, input } = await openFixture('roberta-xlm-bf16');
  const longer = { ...input, tokens: [...input.tokens, must(input.tokens[0])] };
  await expect(model.run(longer, signal)).rejects.toMatchObject({
    code: 'input-too-long',
    message: 'The text has 22 tokens; this model takes 21 at most.',
  });
  closeAll(gpu, model, await model.run(input, signal));

  const { files } = await readFixture(must(fixtures.get('modernbert-masked-lm')));
  const config = JSON.parse(new TextDecoder().decode(must(files.get('config.json')))) as object;
  files.set('config.json', new TextEncoder().encode(JSON.stringify({ ...config, intermediate_size: 36 })));
  const source = await memoryModel('m', files);
  const loading = findFamily(source.model).load(gpu, source, () => undefined, signal);
  await expect(loading).rejects.toMatchObject({
    code: 'misshapen-tensor',
    message: expect.stringContaining('mlp.Wi.weight” is [68, 30]; after config.json it must be [72, 30]'),
  });
  expect(gpu.memory().weights).toBe(0);
});
