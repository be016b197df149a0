import { describe, expect, test } from 'vitest';
import { generateRuns } from '../../src/renderer/models/generate.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import { byFolder, inputOf, memoryModel } from '../helpers/fixture-model.ts';
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

const urls = import.meta.glob<string>('../fixtures/encoder_decoders/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
/** What is not an activation. */
const OTHER = /^(input_ids|decoder_input_ids|greedy|beams)/;

const fixtures = byFolder(urls);
const { signal } = new AbortController();

const gpu = await testGpu();

test('there are fixtures of every family', () => {
  const families = [...fixtures.keys()].map((name) => name.split('-')[0]);
  for (const family of ['t5', 'bart', 'marian'])
    expect(families.filter((found) => found === family).length, family).toBeGreaterThanOrEqual(2);
});

async function openFixture(name: string) {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  const source = await memoryModel(name, files, 4099);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const maxTokens = Number(reference.metadata['max_new_tokens']);
  return { model, reference, maxTokens, input: inputOf(idsOf(reference, 'input_ids')) };
}

function tokensOf(run: Run): number[] {
  return run.tokens.map(({ id }) => id);
}

describe.each([...fixtures.keys()])('%s', (name) => {
  test.each([
    { budget: 256 * 2 ** 20, keeps: 'q and k kept' },
    { budget: 0, keeps: 'q and k computed again' },
  ])(
    'every state, attention and logit of a given target is that of Transformers, $keeps',
    async ({ budget }) => {
      gpu.activationBudget = budget;
      const { model, reference, input } = await openFixture(name);
      const [start, ...target] = idsOf(reference, 'decoder_input_ids');
      const run = await model.run({ ...input, decode: { target } }, signal);
      expect(tokensOf(run)).toEqual([start, ...target]);
      expect(run.sourceTokens).toEqual(input.tokens);
      compareParameters(run, name);
      const most = await compareAll(run, reference, OTHER);
      console.info(
        `${name}: states and logits ${most.others.toExponential(1)}, attentions ${most.attentions.toExponential(1)}`,
      );
      expect(run.attention.map(({ kind }) => kind)).toEqual(['encoder', 'decoder', 'cross']);
      closeAll(gpu, model, run);
    },
  );

  test('greedy writing with the cache finds the tokens and logits of generate()', async () => {
    gpu.activationBudget = 256 * 2 ** 20;
    const { model, reference, input, maxTokens } = await openFixture(name);
    const expected = idsOf(reference, 'greedy');
    const run = await model.run({ ...input, decode: { maxTokens } }, signal);
    expect(tokensOf(run)).toEqual(expected);
    await compareActivation(run, 'logits', must(reference.tensors.get('greedy.logits')).data);

    // The same tokens without the cache.
    const again = await model.run({ ...input, decode: { target: expected.slice(1) } }, signal);
    for (const [tensor, activation] of again.activations)
      await compareActivation(run, tensor, await activation.read());
    closeAll(gpu, model, run, again);
  });

  test('beam search finds what generate() finds', async () => {
    const { model, reference, input, maxTokens } = await openFixture(name);
    const expected = idsOf(reference, 'beams');
    const run = await model.run({ ...input, decode: { maxTokens, beams: 4 } }, signal);
    expect(tokensOf(run)).toEqual(expected);
    const search = must(run.facet('search'));
    const chosen = search.filter((node) => node.chosen).map(({ token }) => token.id);
    expect([...chosen]).toEqual(expected.slice(1));
    closeAll(gpu, model, run);
  });
});

test('a generation gives a run after each token, which the others outlive', async () => {
  const { model, reference, input, maxTokens } = await openFixture('t5-relu-tied');
  const expected = idsOf(reference, 'greedy');
  const runs: Run[] = [];
  for await (const run of generateRuns(model, { ...input, decode: { maxTokens } }, signal)) runs.push(run);
  expect(runs.map(tokensOf)).toEqual(expected.map((_, i) => expected.slice(0, i + 1)));
  const [first, second] = runs;
  must(first).dispose();
  const logits = await must(must(second).activations.get('logits')).read();
  const all = must(reference.tensors.get('greedy.logits'));
  expect(difference(logits, all.data.slice(0, logits.length)).largest).toBeLessThan(2e-3);
  await expect(must(must(first).activations.get('logits')).read()).rejects.toThrow(/disposed/);
  closeAll(gpu, model, ...runs.slice(1));
});
