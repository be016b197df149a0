import { describe, expect, test, vi } from 'vitest';
import { FloatLoader } from '../../src/renderer/models/recurrent/float-loader.ts';
import { loadStack } from '../../src/renderer/models/recurrent/load-stack.ts';
import { recurrent } from '../../src/renderer/families/recurrent.ts';
import { allocateStack, RecurrentPass } from '../../src/renderer/models/recurrent/recurrent-pass.ts';
import { stackTensors, type StackConfig } from '../../src/common/configs/recurrent-stack.ts';
import { Holdings } from '../../src/renderer/runs/activations.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { difference, readSafetensors } from '../helpers/safetensors.ts';
import { testGpu } from '../helpers/gpu.ts';

const urls = import.meta.glob<string>('../fixtures/recurrent/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const REFERENCE = 'reference.safetensors';

const fixtures = byFolder(urls);
const models = [...fixtures.keys()].filter((name) => !name.startsWith('batch-'));
const batches = [...fixtures.keys()].filter((name) => name.startsWith('batch-'));

async function openFixture(name: string) {
  const listed = fixtures.get(name) ?? new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of listed) if (file !== REFERENCE) files.set(file, await fetchBytes(url));
  const reference = readSafetensors(await fetchBytes(listed.get(REFERENCE)));
  return { source: await memoryModel(name, files, 4099), files, reference };
}

const gpu = await testGpu();

test('there are fixtures for every cell', () => {
  expect(models.length).toBeGreaterThanOrEqual(16);
  expect(batches).toHaveLength(3);
});

/** Largest |a/b − 1|; values below 10⁻²⁵, whose factors leave the range of f32, count as that. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return b.reduce((most, value, i) => {
    const gap = Math.abs((a[i] ?? NaN) - value) / Math.max(Math.abs(value), 1e-25);
    return gap <= most ? most : gap;
  }, 0);
}

describe.each(models)('%s', (name) => {
  test.each([
    { budget: 256 * 2 ** 20, keeps: 'gates kept' },
    { budget: 0, keeps: 'gates computed again, weights in pieces of a kilobyte', piece: 1024 },
  ])('states, gates, gradients and logits are those of PyTorch, $keeps', async ({ budget, piece }) => {
    const { source, reference } = await openFixture(name);
    const { signal } = new AbortController();
    gpu.activationBudget = budget;
    const pieces = vi.spyOn(gpu.pool, 'largestPiece', 'get');
    if (piece !== undefined) pieces.mockReturnValue(piece);
    const model = await recurrent
      .load(gpu, source, () => undefined, signal)
      .finally(() => pieces.mockRestore());
    const run = await model.run(inputOf(reference.tensors.get('ids')?.data ?? []), signal);
    const trace = run.facet('recurrent')?.[0];
    let compared = 0;
    for (const [tensor, expected] of reference.tensors) {
      if (['ids', 'input_gradient'].includes(tensor) || tensor.includes('spectral')) continue;
      const activation = run.activations.get(tensor);
      expect(activation?.shape, tensor).toEqual(expected.shape);
      const actual = (await activation?.read()) ?? new Float32Array();
      compared++;
      if (tensor.endsWith('gradient_norm')) {
        expect(relativeDifference(actual, expected.data), tensor).toBeLessThan(1e-3);
        continue;
      }
      const { largest, scale } = difference(actual, expected.data);
      expect(largest, tensor).toBeLessThanOrEqual(1e-5 * Math.max(1, scale));
    }
    const extra = [...run.activations.keys()].filter((key) => !reference.tensors.has(key));
    expect(extra.every((key) => key === 'embeddings' || key.endsWith('gradient_norm_cell'))).toBe(true);
    expect(compared).toBe(run.activations.size - extra.length);

    for (const [tensor, expected] of reference.tensors) {
      const [, layer, direction] = /^rnn\.(\d+)\.(reverse\.)?spectral_norm_32$/.exec(tensor) ?? [];
      if (layer === undefined) continue;
      const norms = await trace?.gradient(Number(layer), direction !== undefined, { spectral: true });
      expect(
        relativeDifference(norms?.spectral?.slice(32, 33) ?? new Float32Array(), expected.data),
      ).toBeLessThan(1e-3);
    }
    for (let layer = 0; layer < (trace?.layers ?? 0); layer++)
      for (const reverse of trace?.bidirectional === true ? [false, true] : [false])
        for (const position of [0, 40]) await expectTerms(run, layer, reverse, position);
    const [gradient] = (await run.facet('inputGradient')?.of({ output: 1, position: 40 })) ?? [];
    const expected = reference.tensors.get('input_gradient')?.data ?? new Float32Array();
    const { largest, scale } = difference(gradient?.norms ?? new Float32Array(), expected);
    expect(largest).toBeLessThan(1e-5 * scale);
    run.dispose();
    model.dispose();
    const { weights, activations, scratch } = gpu.memory();
    expect({ weights, activations, scratch }).toEqual({ weights: 0, activations: 0, scratch: 0 });
  });
});

/** Expects that what a step adds up, squashed, are the gates (or the state) of the run. */
async function expectTerms(run: Run, layer: number, reverse: boolean, position: number): Promise<void> {
  const trace = must(run.facet('recurrent')?.[0]);
  const name = `rnn.${layer}${reverse ? '.reverse' : ''}`;
  const rowOf = async (suffix: string, at = position) => {
    const { shape, read } = must(run.activations.get(`${name}.${suffix}`));
    const width = shape.at(-1) ?? 0;
    return (await read()).subarray(at * width, (at + 1) * width);
  };
  const { byInput, byHidden, hidden, cell } = await trace.terms(layer, reverse, position);
  const squashed = (gate: string, place: number, unit: number) => {
    const at = place * trace.units + unit;
    const [x, h] = [byInput[at] ?? NaN, byHidden[at] ?? NaN];
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    if (trace.cell === 'gru' && gate === 'new')
      return Math.tanh(x + sigmoid((byInput[unit] ?? NaN) + (byHidden[unit] ?? NaN)) * h);
    if (trace.cell === 'rnn-relu') return Math.max(x + h, 0);
    return gate === 'new' || gate === 'cell' || gate === '' ? Math.tanh(x + h) : sigmoid(x + h);
  };
  const gates = trace.gates.length > 0 ? trace.gates : [''];
  for (const [place, gate] of gates.entries()) {
    const expected = await rowOf(gate === '' ? 'hidden' : `gates.${gate}`);
    const actual = expected.map((_, unit) => squashed(gate, place, unit));
    expect(difference(actual, expected).largest, `${name} ${gate}`).toBeLessThan(1e-5);
  }
  const before = reverse ? position + 1 : position - 1;
  if (before < 0 || before >= run.tokens.length) expect(hidden.every((value) => value === 0)).toBe(true);
  else {
    expect([...hidden]).toEqual([...(await rowOf('hidden', before))]);
    if (cell !== null) expect([...cell]).toEqual([...(await rowOf('cell', before))]);
  }
}

describe('padded batches', () => {
  test.each(batches)('%s: every sequence is what PyTorch gives for it, and padding is 0', async (name) => {
    const { source, files, reference } = await openFixture(name);
    const { lengths, ...given } = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as {
      lengths: number[];
    } & Pick<StackConfig, 'cell' | 'hidden_size' | 'num_layers' | 'bidirectional'>;
    const stack: StackConfig = {
      ...given,
      projection_size: null,
      nonlinearity: 'tanh',
      recurrent_activation: 'sigmoid',
      reset_gate: 'after',
      bias: true,
      layout: 'pytorch',
    };
    const { signal } = new AbortController();
    const found = new Map(source.model.tensors.map((tensor) => [tensor.name, tensor]));
    const loader = new FloatLoader(gpu, source, found, () => undefined, signal);
    const weights = await loadStack(loader, stack, stackTensors(stack, 'rnn', [6]));
    const holdings = new Holdings(gpu);
    const x = reference.tensors.get('x');
    const input = holdings.tensor(x?.shape ?? [], 'x');
    gpu.upload(input, Float32Array.from(x?.data ?? []));
    const [positions = 0, , width = 0] = reference.tensors.get('outputs')?.shape ?? [];
    const layers = allocateStack(gpu, holdings, weights, {
      parts: [input],
      positions,
      lengths,
      stack: null,
    });
    const pass = new RecurrentPass(gpu, holdings, layers, null);
    await pass.forward(signal);
    const outputs = await Promise.all(pass.outputs.map((output) => gpu.read(output)));
    const P = width / 2;
    const joined = Float32Array.from({ length: positions * lengths.length * width }, (_, n) => {
      const row = Math.floor(n / width);
      const column = n % width;
      return outputs[column < P ? 0 : 1]?.[row * P + (column % P)] ?? NaN;
    });
    const { largest } = difference(joined, reference.tensors.get('outputs')?.data ?? new Float32Array());
    expect(largest).toBeLessThanOrEqual(1e-5);
    holdings.dispose();
    loader.dispose();
  });
});
