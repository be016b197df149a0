import { expect, test } from 'vitest';
import { generateRuns } from '../../src/renderer/models/generate.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import type { Intervention } from '../../src/renderer/runs/facets/changes.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { closeAll, idsOf, readFixture } from '../helpers/parity.ts';
import { difference, readSafetensors } from '../helpers/safetensors.ts';
import gradients from '../fixtures/input_gradients.json';

const urls = import.meta.glob<string>(
  [
    '../fixtures/gpt2/odd-sizes/*.{json,safetensors}',
    '../fixtures/encoder_decoders/{marian-shared,t5-gated-untied}/*.{json,safetensors}',
    '../fixtures/interventions/*.safetensors',
  ],
  { query: '?url', import: 'default', eager: true },
);
const CASES = ['silenced', 'scaled', 'mean', 'zeroed', 'patched', 'embedding', 'last'];
const BOTH_SIDES = ['encoder-head', 'cross-head', 'decoder-head', 'encoder-state', 'both'];

const gpu = await testGpu();
const never = new AbortController().signal;

/** A change as the fixture tells it: a state's `from` is a position of the other text. */
type Told =
  | (Intervention & { kind: 'head' })
  | (Omit<Intervention & { kind: 'state' }, 'from'> & { from: number | null });

async function open(name = 'odd-sizes') {
  const folders = byFolder(urls);
  const { files, reference: own } = await readFixture(must(folders.get(name)));
  const source = await memoryModel(name, files);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, never);
  const changed = must(folders.get('interventions')).get(`${name}.safetensors`);
  const reference = readSafetensors(await fetchBytes(changed));
  const values = (tensor: string) => must(reference.tensors.get(tensor)).data;
  const cases = JSON.parse(must(reference.metadata['cases'])) as Record<string, Told[]>;
  return { model, cases, ids: idsOf(own, 'input_ids'), own, values };
}

/** |a − b| ≤ 2e-4 · max(1, max|b|) */
function agree(actual: Float32Array, expected: Float32Array, what: string): void {
  const { largest, scale } = difference(actual, expected);
  expect(largest, what).toBeLessThanOrEqual(2e-4 * Math.max(1, scale));
}

test.each(CASES.flatMap((name) => [256 * 2 ** 20, 0].map((budget) => ({ name, budget }))))(
  'a run that is $name is that of Transformers with hooks, memory budget $budget',
  async ({ name, budget }) => {
    gpu.activationBudget = budget;
    const { model, cases, ids, values } = await open();
    const base = await model.run(inputOf(ids), never);
    const other = await model.run(inputOf(values('other_ids')), never);
    const changes = must(cases[name]).map((change): Intervention => {
      if (change.kind === 'head') return change;
      return { ...change, from: change.from === null ? null : { run: other, position: change.from } };
    });
    const before = await must(base.activations.get('logits')).read();
    const run = await must(model.intervene).call(model, base, changes, never);
    // Whoever made the changes may let go of the runs that they came from.
    base.dispose();
    other.dispose();
    for (let l = 0; l <= 3; l++) {
      const state = `hidden_states.${l}`;
      agree(await must(run.activations.get(state)).read(), values(`${name}.${state}`), state);
    }
    agree(await must(run.activations.get('logits')).read(), values(`${name}.logits`), 'logits');
    const { difference: outputs } = must(run.facet('changes'));
    agree(await must(outputs).divergence(), values(`${name}.divergence`), 'divergence');
    const { target, ...asked } = must(gradients[`interventions/${name}` as keyof typeof gradients]);
    const [found] = await must(run.facet('inputGradient')).of(asked);
    agree(must(found).norms, Float32Array.from(target), 'gradient by the inputs');

    const V = before.length / ids.length;
    const [largest] = await must(outputs).changes(ids.length - 1, 3);
    const p = softmax(before.slice(-V));
    const q = softmax(values(`${name}.logits`).slice(-V));
    const gap = Math.max(...p.map((value, i) => Math.abs(value - (q[i] ?? 0))));
    const { token, before: was, after: is } = must(largest);
    expect(Math.abs(Math.abs(is - was) - gap)).toBeLessThan(1e-5);
    expect(was).toBeCloseTo(must(p[token.id]), 5);
    // The pattern of every layer can be looked at.
    for (let l = 0; l < 3; l++)
      expect((await must(run.activations.get(`attentions.${l}`)).read()).every(Number.isFinite)).toBe(true);
    closeAll(gpu, model, run);
  },
);

test.each(
  ['marian-shared', 't5-gated-untied'].flatMap((model) => BOTH_SIDES.map((name) => ({ model, name }))),
)('$model with a changed $name is that of Transformers with hooks', async ({ model: folder, name }) => {
  const { model, cases, ids, own, values } = await open(folder);
  const [, ...target] = idsOf(own, 'decoder_input_ids');
  const base = await model.run({ ...inputOf(ids), decode: { target } }, never);
  const changes = must(cases[name]).map((change): Intervention => {
    if (change.kind === 'head') return change;
    return { ...change, from: change.from === null ? null : { run: base, position: change.from } };
  });
  const run = await must(model.intervene).call(model, base, changes, never);
  base.dispose();
  agree(await must(run.activations.get('logits')).read(), values(`${name}.logits`), 'logits');
  const { difference: outputs } = must(run.facet('changes'));
  agree(await must(outputs).divergence(), values(`${name}.divergence`), 'divergence');
  for (const { kind } of run.attention)
    expect((await must(run.activations.get(`${kind}_attentions.0`)).read()).every(Number.isFinite)).toBe(
      true,
    );
  closeAll(gpu, model, run);
});

function softmax(logits: Float32Array): number[] {
  const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
  return Array.from(logits, (value) => Math.exp(value) / total);
}

test('changes of a changed run count from the run that it was made of', async () => {
  const { model, cases, ids, values } = await open();
  const base = await model.run(inputOf(ids), never);
  const intervene = must(model.intervene).bind(model);
  const first = await intervene(base, [{ kind: 'head', layer: 0, head: 0, factor: 0 }], never);
  const second = await intervene(first, must(cases['silenced']) as Intervention[], never);
  agree(await must(second.activations.get('logits')).read(), values('silenced.logits'), 'logits');
  closeAll(gpu, model, base, first, second);
});

test.each([
  [{ kind: 'head', layer: 3, head: 0, factor: 0 }, /layer 3; the layers are 0 to 2/],
  [{ kind: 'head', layer: 0, head: 5, factor: 0 }, /head 5/],
  [{ kind: 'head', layer: 0, head: 0, factor: NaN }, /NaN/],
  [{ kind: 'state', layer: 4, position: 0, from: null }, /layer 4/],
  [{ kind: 'state', layer: 0, position: 23, from: null }, /position 23/],
  [{ kind: 'head', attention: 'cross', layer: 0, head: 0, factor: 0 }, /no cross attention/],
  [{ kind: 'state', side: 'encoder', layer: 0, position: 0, from: null }, /no encoder/],
] as const)('%o is refused in one sentence', async (change, message) => {
  const { model, ids } = await open();
  const base = await model.run(inputOf(ids), never);
  await expect(must(model.intervene).call(model, base, [change], never)).rejects.toMatchObject({
    code: 'bad-intervention',
    message: expect.stringMatching(message),
  });
  closeAll(gpu, model, base);
});

test('writing with the cache finds the tokens of generate(), with the logits of a run without it', async () => {
  const { model, ids, values } = await open();
  const expected = [...values('greedy')];
  const runs: Run[] = [];
  const decode = { maxTokens: 30 };
  for await (const run of generateRuns(model, { ...inputOf(ids), decode }, never)) runs.push(run);
  expect(runs.map(({ tokens }) => tokens.map(({ id }) => id))).toEqual(
    Array.from({ length: expected.length - ids.length + 1 }, (_, i) => expected.slice(0, ids.length + i)),
  );
  const last = must(runs.at(-1));
  const again = await model.run(inputOf(expected), never);
  for (const [name, activation] of again.activations)
    agree(await must(last.activations.get(name)).read(), await activation.read(), name);
  closeAll(gpu, model, ...runs, again);
});

test('forced tokens come first, and an end token ends the text', async () => {
  const { model, ids } = await open();
  const decode = { maxTokens: 5, prefix: [7, 0] };
  const runs: Run[] = [];
  for await (const run of generateRuns(model, { ...inputOf(ids.slice(0, 4)), decode }, never)) runs.push(run);
  // 0 is this model's end token.
  expect(must(runs.at(-1)).tokens.map(({ id }) => id)).toEqual([...ids.slice(0, 4), 7, 0]);
  closeAll(gpu, model, ...runs);
});
