import { describe, expect, test } from 'vitest';
import { elements, type GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import { recordGruStep } from '../../../src/renderer/kernels/recurrent/gru-step.ts';
import { recordLstmStep } from '../../../src/renderer/kernels/recurrent/lstm-step.ts';
import { recordRnnStep } from '../../../src/renderer/kernels/recurrent/rnn-step.ts';
import {
  gateCount,
  SPLITS,
  type RecurrentStep,
  type Split,
} from '../../../src/renderer/kernels/recurrent/recurrent.ts';
import {
  product,
  referenceLayer,
  type ReferenceCell,
  type ReferenceState,
} from '../../../src/renderer/kernels/recurrent/recurrent.reference.ts';
import { packCell, planesOf, randomCell, randomValues, type CellShape } from './cells.ts';
import { testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

const GUARD = 67;
const POISON = Number.NaN;

/** A tensor of NaN between two guard zones of 12345, at an offset that no alignment helps. */
function poisoned(shape: readonly number[]): GpuTensor {
  const size = elements(shape);
  const values = new Float32Array(size + 2 * GUARD).fill(12345);
  values.fill(POISON, GUARD, GUARD + size);
  const whole = gpu.tensorFrom(values, [values.length], 'poisoned');
  return { buffer: whole.buffer, offset: GUARD, shape };
}

/** The values; both guard zones must be as they were. */
async function readGuarded(tensor: GpuTensor): Promise<Float32Array> {
  const size = elements(tensor.shape);
  const all = await gpu.read({ buffer: tensor.buffer, offset: 0, shape: [size + 2 * GUARD] });
  const guards = [...all.subarray(0, GUARD), ...all.subarray(GUARD + size)];
  expect(guards.every((value) => value === 12345)).toBe(true);
  return all.slice(GUARD, GUARD + size);
}

interface Case extends CellShape {
  readonly lengths: readonly number[];
  readonly reverse?: boolean;
  /** Inputs are uniform in ±inputScale. */
  readonly inputScale?: number;
  /** Units whose recurrent weights lie in one buffer; all of them if left out. */
  readonly most?: number;
}

interface Layer {
  readonly weights: ReferenceCell;
  readonly x: Float64Array;
  readonly positions: number;
  readonly initial: readonly ReferenceState[];
}

function randomLayer(it: Case): Layer {
  const next = randomValues(it.units * 31 + it.lengths.length);
  const positions = Math.max(...it.lengths);
  const weights = randomCell(it, 7 * it.units + 1);
  const { inputScale = 1 } = it;
  const draw = (count: number, scale: number) =>
    Float64Array.from({ length: count }, () => Math.fround(next() * scale));
  const x = draw(positions * it.lengths.length * it.inputs, inputScale);
  const initial = it.lengths.map(() => ({ h: draw(weights.state, 0.5), c: draw(it.units, 0.5) }));
  return { weights, x, positions, initial };
}

/** W x with its bias, interleaved, on the CPU: the test is about the step alone. */
function inputProduct({ weights, x, positions }: Layer, batch: number): Float32Array<ArrayBuffer> {
  const { cell, inputs, units } = weights;
  const G = gateCount(cell);
  const result = new Float32Array(positions * batch * units * G);
  for (let row = 0; row < positions * batch; row++) {
    const Wx = product(weights.input, 0, G * units, x.subarray(row * inputs, (row + 1) * inputs));
    for (let g = 0; g < G; g++)
      for (let j = 0; j < units; j++) {
        const at = g * units + j;
        const bias =
          (weights.inputBias[at] as number) + (G === 3 ? 0 : (weights.recurrentBias[at] as number));
        result[(row * units + j) * G + g] = (Wx[at] as number) + bias;
      }
  }
  return result;
}

async function runSteps(it: Case, layer: Layer, split: Split) {
  const { weights, positions: T, initial } = layer;
  const { cell, units: H, state: P } = weights;
  const B = it.lengths.length;
  const reverse = it.reverse === true;
  const { packed, held } = packCell(gpu, weights, it.most);
  const isLstm = cell === 'lstm';
  const hidden = poisoned([T + 1, B, P]);
  const cells = isLstm ? poisoned([T + 1, B, H]) : null;
  const gates = planesOf(cell) > 0 ? poisoned([planesOf(cell), T, B, H]) : null;
  const productTensor = gpu.tensorFrom(inputProduct(layer, B), [T, B, H * gateCount(cell)], 'product');
  const lengths = gpu.tensor([B], 'lengths');
  gpu.upload(lengths, Uint32Array.from(it.lengths));
  const start = reverse ? T : 0;
  const place = (tensor: GpuTensor, width: number, values: (s: ReferenceState) => Float64Array) =>
    gpu.upload(
      { ...tensor, offset: tensor.offset + start * B * width, shape: [B, width] },
      Float32Array.from(initial.flatMap((state) => [...values(state)])),
    );
  place(hidden, P, (state) => state.h);
  if (cells !== null) place(cells, H, (state) => state.c);
  const raw = packed.projection === null ? null : gpu.tensor([B, H], 'raw');
  await gpu.submit('steps', (recorder) => {
    for (let i = 0; i < T; i++) {
      const step: RecurrentStep = {
        packed,
        slabs: { positions: T, batch: B, reverse, lengths, hidden, cells, gates, gatesFirst: 0 },
        position: reverse ? T - 1 - i : i,
        product: productTensor,
        productFirst: 0,
      };
      if (isLstm) recordLstmStep(recorder, step, raw, split);
      else if (gates === null) recordRnnStep(recorder, step, split);
      else recordGruStep(recorder, step, split);
    }
  });
  const result = {
    hidden: await readGuarded(hidden),
    cells: cells === null ? null : await readGuarded(cells),
    gates: gates === null ? null : await readGuarded(gates),
  };
  for (const tensor of [...held, hidden, cells, gates, productTensor, lengths, raw])
    if (tensor !== null) gpu.release(tensor);
  return result;
}

/** Compares every state and gate; padding must be exactly 0. */
function compare(it: Case, layer: Layer, ours: Awaited<ReturnType<typeof runSteps>>): void {
  const { weights, positions: T } = layer;
  const { units: H, state: P, cell } = weights;
  const B = it.lengths.length;
  const reverse = it.reverse === true;
  const steps = referenceLayer(weights, layer.x, it.lengths, reverse, layer.initial);
  const close = (actual: number | undefined, expected: number, what: string) => {
    if (!(Math.abs((actual ?? NaN) - expected) <= 1e-5 * Math.max(1, Math.abs(expected))))
      expect.unreachable(`${what}: ${actual} where the reference has ${expected}`);
  };
  for (let t = 0; t < T; t++)
    for (let b = 0; b < B; b++) {
      const step = steps[t]?.[b] ?? null;
      const row = reverse ? t : t + 1;
      for (let p = 0; p < P; p++)
        close(ours.hidden[(row * B + b) * P + p], step?.h[p] ?? 0, `hidden ${t} ${b} ${p}`);
      for (let j = 0; j < H; j++) {
        if (ours.cells !== null)
          close(ours.cells[(row * B + b) * H + j], step?.c[j] ?? 0, `cell ${t} ${b} ${j}`);
        for (let g = 0; g < planesOf(cell); g++)
          close(
            ours.gates?.[((g * T + t) * B + b) * H + j],
            step?.gates[g]?.[j] ?? 0,
            `gate ${g} ${t} ${b} ${j}`,
          );
      }
    }
}

const shapes = (cell: CellShape['cell']): Record<string, Case> => ({
  'one unit, one step': { cell, inputs: 1, units: 1, lengths: [1] },
  'odd sizes': { cell, inputs: 5, units: 37, lengths: [9] },
  'in five buffers': { cell, inputs: 5, units: 37, lengths: [4, 2], most: 8 },
  'a padded batch': { cell, inputs: 3, units: 66, lengths: [7, 1, 4] },
  'backwards, a padded batch': { cell, inputs: 3, units: 13, lengths: [2, 7, 5], reverse: true },
  '64 steps': { cell, inputs: 16, units: 64, lengths: [64] },
  'inputs of ±10,000': {
    cell,
    inputs: 2,
    units: 9,
    lengths: [5],
    inputScale: cell === 'rnn-relu' ? 10 : 1e4,
  },
});

describe.each(SPLITS)('steps with $SPLIT threads a unit', (split) => {
  describe.each(['rnn-tanh', 'rnn-relu', 'lstm', 'gru', 'gru-reset-before'] as const)('%s', (cell) => {
    test.each(Object.entries(shapes(cell)))('%s', async (_name, it) => {
      const layer = randomLayer(it);
      compare(it, layer, await runSteps(it, layer, split));
    });
  });

  test.each<[string, Case]>([
    ['lstm', { cell: 'lstm', gates: 'hard_sigmoid', inputs: 5, units: 37, lengths: [9, 4], inputScale: 4 }],
    ['gru', { cell: 'gru', gates: 'hard_sigmoid_0.2', inputs: 3, units: 13, lengths: [7], reverse: true }],
    [
      'gru that resets before',
      { cell: 'gru-reset-before', gates: 'hard_sigmoid', inputs: 3, units: 66, lengths: [6], inputScale: 4 },
    ],
  ])('hard gates of a %s', async (_name, it) => {
    const layer = randomLayer(it);
    compare(it, layer, await runSteps(it, layer, split));
  });

  test.each<[string, Case]>([
    ['narrower', { cell: 'lstm', inputs: 4, units: 35, state: 11, lengths: [6, 3] }],
    ['backwards', { cell: 'lstm', inputs: 4, units: 70, state: 65, lengths: [3, 6], reverse: true }],
  ])('lstm with a projection, %s', async (_name, it) => {
    const layer = randomLayer(it);
    compare(it, layer, await runSteps(it, layer, split));
  });
});
