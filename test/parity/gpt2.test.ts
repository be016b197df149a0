import { describe, expect, test } from 'vitest';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { byFolder, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { closeAll, compareAll, readFixture } from '../helpers/parity.ts';
import { topOf } from '../../src/renderer/runs/facets/readout.ts';

const urls = import.meta.glob<string>('../fixtures/gpt2/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});

const fixtures = byFolder(urls);

const gpu = await testGpu();

test('there are fixtures', () => {
  expect(fixtures.size).toBeGreaterThanOrEqual(3);
});

async function openFixture(name: string) {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  // An odd piece size, so that values and tensors are cut anywhere.
  return { source: await memoryModel(name, files, 4099), reference };
}

describe.each([...fixtures.keys()])('%s', (name) => {
  test.each([
    { budget: 256 * 2 ** 20, keeps: 'q, k and v kept' },
    { budget: 0, keeps: 'q, k and v computed again' },
  ])('every hidden state, attention and logit is that of Transformers, $keeps', async ({ budget }) => {
    const { source, reference } = await openFixture(name);
    const { signal } = new AbortController();
    gpu.activationBudget = budget;
    const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
    const run = await model.run(inputOf(reference.tensors.get('input_ids')?.data ?? []), signal);
    const most = await compareAll(run, reference, /^input_ids$/);
    console.info(
      `${name}: states and logits ${most.others.toExponential(1)}, attentions ${most.attentions.toExponential(1)}`,
    );

    const position = run.tokens.length - 1;
    const logits = reference.tensors
      .get('logits')
      ?.data.slice(-(reference.tensors.get('logits')?.shape[1] ?? 0));
    const best = (logits ?? new Float32Array()).indexOf(Math.max(...(logits ?? [])));
    const [first] = await topOf(run, position, 3);
    expect(first?.token.id).toBe(best);
    closeAll(gpu, model, run);
  });
});
