/** Metrics of heads, neurons, what blocks add and the logit lens, as captures hold them, against PyTorch (make_lens.py). */
import { expect, test, vi } from 'vitest';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { readLens } from '../../src/renderer/analysis/lens.ts';
import { analysedTensors } from '../../src/renderer/job/analysed.ts';
import type { CapturedTensor } from '../../src/renderer/job/captured-tensor.ts';
import type { BlockStack } from '../../src/renderer/runs/facets/blocks.ts';
import type { Token } from '../../src/renderer/runs/run.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { closeAll, idsOf, readFixture } from '../helpers/parity.ts';
import { difference, readSafetensors } from '../helpers/safetensors.ts';

const MODELS = [
  'odd-sizes',
  'llama-gqa-llama3',
  'gemma2-capped',
  'gpt-neox-parallel',
  'bert-masked-lm',
  't5-gated-untied',
  'marian-shared',
];
const urls = import.meta.glob<string>(
  [
    '../fixtures/{gpt2,decoders,encoders,encoder_decoders}/{odd-sizes,llama-gqa-llama3,gemma2-capped,gpt-neox-parallel,bert-masked-lm,t5-gated-untied,marian-shared}/*.{json,safetensors}',
    '../fixtures/lens/*.safetensors',
  ],
  { query: '?url', import: 'default', eager: true },
);
const folders = byFolder(urls);
const gpu = await testGpu();
const never = new AbortController().signal;

async function valuesOf(tensor: CapturedTensor): Promise<number[]> {
  const values: number[] = [];
  for await (const piece of tensor.pieces()) values.push(...piece);
  return values;
}

/** |a − b| ≤ 2e-4 · max(1, max |b|); what no query counts for is NaN in both. */
function agree(actual: readonly number[], expected: Float32Array, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  expect(actual.map(Number.isNaN), what).toEqual(Array.from(expected, Number.isNaN));
  const known = (values: ArrayLike<number>) => Float32Array.from(values).map((value) => value || 0);
  const { largest, scale } = difference(known(actual), known(expected));
  expect(largest, what).toBeLessThanOrEqual(2e-4 * Math.max(1, scale));
}

test.each(MODELS)('%s: what captures make of a run is what PyTorch gives', async (name) => {
  const { files, reference: input } = await readFixture(must(folders.get(name)));
  const source = await memoryModel(name, files);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, never);
  const reference = readSafetensors(await fetchBytes(must(folders.get('lens')).get(`${name}.safetensors`)));
  const special = new Set(JSON.parse(must(reference.metadata['special'])) as number[]);
  const vocabulary = (id: number): Token => ({ id, text: `${id}`, span: null, special: special.has(id) });
  const types = input.tensors.has('token_type_ids') ? idsOf(input, 'token_type_ids') : [];
  const tokens = idsOf(input, 'input_ids').map((id, i): Token => {
    return { ...vocabulary(id), segment: types[i] === 1 ? 1 : 0 };
  });
  // What the decoder reads begins with its start token, which is the model's.
  const target = input.tensors.has('decoder_input_ids') ? idsOf(input, 'decoder_input_ids').slice(1) : null;
  const run = await model.run(
    { text: '', tokens, vocabulary, ...(target !== null && { decode: { target } }) },
    never,
  );

  const tensors = analysedTensors(run, ['head_metrics', 'mlp', 'lens'], undefined);
  for (const tensor of tensors) {
    const { shape, data } = must(reference.tensors.get(tensor.name));
    expect(tensor.shape, tensor.name).toEqual(shape);
    agree(await valuesOf(tensor), data, tensor.name);
  }
  const added = [...reference.tensors.keys()].filter((key) => key.includes('added.'));
  expect(tensors.length + added.length).toBe(reference.tensors.size);

  for (const stack of must(run.facet('blocks')))
    for (let layer = 0; layer < stack.layers; layer++) await agreeAdditions(stack, layer);

  async function agreeAdditions(stack: BlockStack, layer: number): Promise<void> {
    const { attention, cross, feedForward } = await stack.additions(layer);
    for (const [part, values] of Object.entries({ attention, cross, feed_forward: feedForward })) {
      const key = `${stack.stack === null ? '' : `${stack.stack}_`}added.${part}.${layer}`;
      if (values === null) expect(reference.tensors.has(key), key).toBe(false);
      else agree([...values], must(reference.tensors.get(key)).data, key);
    }
  }

  await agreeWithLogits();

  /** The lens in short is what follows from its logits. */
  async function agreeWithLogits(): Promise<void> {
    const { shape, data } = must(reference.tensors.get('lens.logits'));
    const [depth = 0, T = 0, V = 0] = shape;
    const lens = must(run.facet('lens'));
    const chosen = Uint32Array.from({ length: T }, (_, t) => (t * 7) % V);
    const table = await readLens(gpu, lens, T, { k: 3, chosen });
    const answered = await readLens(gpu, lens, T, { k: 1, chosen: 'answer' });
    expect([...must(answered.chosen)]).toEqual(
      Array.from({ length: T }, (_, t) => answered.top[((depth - 1) * T + t) * 3]),
    );
    const rowOf = (layer: number, t: number) => [...data.slice((layer * T + t) * V, (layer * T + t + 1) * V)];
    const softmax = (row: readonly number[]) => {
      const most = Math.max(...row);
      const sum = row.reduce((total, value) => total + Math.exp(value - most), 0);
      return row.map((value) => Math.exp(value - most) / sum);
    };
    for (let layer = 0; layer < depth; layer++)
      for (let t = 0; t < T; t++) {
        const cell = layer * T + t;
        const row = rowOf(layer, t);
        const q = softmax(row);
        const p = softmax(rowOf(depth - 1, t));
        const gap = p.reduce(
          (sum, value, id) => sum + (value > 0 ? value * Math.log(value / (q[id] ?? 0)) : 0),
          0,
        );
        expect(Math.abs((table.divergence[cell] ?? NaN) - gap)).toBeLessThan(5e-4 * Math.max(1, gap));
        const id = table.top[cell * 9] ?? -1;
        expect(Math.abs((q[id] ?? NaN) - Math.max(...q))).toBeLessThan(2e-4);
        expect(Math.abs((table.top[cell * 9 + 2] ?? NaN) - Math.max(...q))).toBeLessThan(2e-4);
        const own = row[must(chosen[t])] ?? NaN;
        const [logit, probability, rank] = table.scores?.slice(cell * 4, cell * 4 + 3) ?? [];
        expect(Math.abs((logit ?? NaN) - own)).toBeLessThan(2e-4 * Math.max(1, Math.abs(own)));
        expect(Math.abs((probability ?? NaN) - (q[must(chosen[t])] ?? NaN))).toBeLessThan(2e-4);
        expect(answered.scores?.[(layer * T + t) * 4 + 1]).toBeCloseTo(
          q[answered.chosen?.[t] ?? -1] ?? NaN,
          4,
        );
        const above = row.filter((value) => value > own + 1e-4).length;
        const notBelow = row.filter((value) => value > own - 1e-4).length;
        expect(rank).toBeGreaterThan(above);
        expect(rank).toBeLessThanOrEqual(notBelow);
      }
  }

  closeAll(gpu, model, run);
});

/** What the first tokens' parts add does not depend on those that follow. */
test('over a long text, what parts add comes out of the pass, and changes with it', async () => {
  const { files, reference } = await readFixture(must(folders.get('t5-gated-untied')));
  const source = await memoryModel('t5-gated-untied', files);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, never);
  const input = inputOf(idsOf(reference, 'input_ids'));
  const target = Array.from({ length: 140 }, (_, t) => (t * t + 7) % 71);
  const run = await model.run({ ...input, decode: { target } }, never);
  const short = await model.run({ ...input, decode: { target: target.slice(0, 20) } }, never);
  const head = { kind: 'head', attention: 'cross', layer: 1, head: 0, factor: 0 } as const;
  const changed = await must(model.intervene).call(model, run, [head], never);
  const [, long] = must(run.facet('blocks'));
  const [, brief] = must(short.facet('blocks'));
  const [, silenced] = must(changed.facet('blocks'));
  const submit = vi.spyOn(gpu, 'submit');
  const found = await must(long).additions(1);
  const other = await must(silenced).additions(1);
  expect(submit.mock.calls.map(([label]) => label)).not.toContain('a layer again');
  submit.mockRestore();
  const again = await must(brief).additions(1);
  const values = ({ attention, cross, feedForward, stream }: typeof found) =>
    ({ attention, cross: must(cross), feedForward, stream }) as Record<string, Float32Array>;
  for (const [part, expected] of Object.entries(values(again))) {
    expect(values(found)[part], part).toHaveLength(target.length + 1);
    agree([...must(values(found)[part]).slice(0, 21)], expected, part);
  }
  expect([...other.attention]).toEqual([...found.attention]);
  expect(other.cross).not.toEqual(found.cross);
  closeAll(gpu, model, run, short, changed);
});
