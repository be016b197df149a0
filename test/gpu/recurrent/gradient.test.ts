import { describe, expect, test } from 'vitest';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import {
  gradientsThroughTime,
  gradientThroughTime,
} from '../../../src/renderer/kernels/recurrent/gradient.ts';
import { sweepLayer } from '../../../src/renderer/kernels/recurrent/sweep.ts';
import {
  block,
  frobenius,
  identity,
  multiply,
  spectralNorm,
  stepJacobian,
  type Dense,
} from '../../../src/renderer/kernels/recurrent/gradient.reference.ts';
import { recordBackwardStep } from '../../../src/renderer/kernels/recurrent/recurrent-backward.ts';
import {
  recordRecurrentLayer,
  type RecurrentLayer,
} from '../../../src/renderer/kernels/recurrent/recurrent-layer.ts';
import {
  gateCount,
  type Cell,
  type GateActivation,
} from '../../../src/renderer/kernels/recurrent/recurrent.ts';
import {
  referenceLayer,
  referenceStep,
  zeroState,
  type ReferenceCell,
  type ReferenceState,
  type ReferenceStep,
} from '../../../src/renderer/kernels/recurrent/recurrent.reference.ts';
import { packCell, planesOf, randomCell, randomValues } from './cells.ts';
import { testGpu } from '../../helpers/gpu.ts';

const gpu = await testGpu();

interface Case {
  readonly cell: Cell;
  readonly gates?: GateActivation;
  readonly inputs: number;
  readonly units: number;
  readonly state?: number;
  readonly positions: number;
  readonly reverse?: boolean;
  /** Units whose recurrent weights lie in one buffer; all of them if left out. */
  readonly most?: number;
}

const CASES: Record<string, Case> = {
  'rnn tanh': { cell: 'rnn-tanh', inputs: 3, units: 17, positions: 20 },
  'rnn relu': { cell: 'rnn-relu', inputs: 3, units: 16, positions: 12 },
  lstm: { cell: 'lstm', inputs: 4, units: 19, positions: 21 },
  'lstm backwards': { cell: 'lstm', inputs: 4, units: 12, positions: 18, reverse: true },
  'lstm with a projection': { cell: 'lstm', inputs: 4, units: 14, state: 5, positions: 17 },
  gru: { cell: 'gru', inputs: 4, units: 21, positions: 19 },
  'gru, reset before': { cell: 'gru-reset-before', inputs: 4, units: 13, positions: 17, reverse: true },
  'lstm with hard gates': { cell: 'lstm', gates: 'hard_sigmoid', inputs: 4, units: 13, positions: 14 },
  'gru with hard gates': { cell: 'gru', gates: 'hard_sigmoid_0.2', inputs: 4, units: 12, positions: 15 },
  'gru with hard gates, reset before': {
    ...{ cell: 'gru-reset-before', gates: 'hard_sigmoid_0.2', inputs: 4, units: 11, positions: 13 },
  },
  'rnn in two buffers': { cell: 'rnn-tanh', inputs: 3, units: 14, positions: 9, most: 8 },
  'lstm in three buffers': { cell: 'lstm', inputs: 3, units: 21, positions: 9, most: 8 },
  'gru in two buffers': { cell: 'gru', inputs: 3, units: 13, positions: 9, most: 8 },
  'gru in two buffers, reset before': {
    ...{ cell: 'gru-reset-before', inputs: 3, units: 12, positions: 9, most: 8 },
  },
  'one unit, one position': { cell: 'gru', inputs: 1, units: 1, positions: 1 },
};

interface Prepared {
  readonly weights: ReferenceCell;
  readonly x: Float64Array;
  readonly layer: RecurrentLayer;
  /** Steps in the order that the layer reads. */
  readonly steps: readonly ReferenceStep[];
  release(): void;
}

/** @param own weights and inputs; random ones when left out */
async function prepare(it: Case, keepGates = true, own?: Pick<Prepared, 'weights' | 'x'>): Promise<Prepared> {
  const { cell, inputs, units: H, positions: T } = it;
  const reverse = it.reverse === true;
  // Larger than usual, so that gradients live for some steps.
  const weights = own?.weights ?? randomCell({ ...it, scale: 2 / Math.sqrt(H) }, 3 * H + 1);
  const next = randomValues(T);
  const x = own?.x ?? Float64Array.from({ length: T * inputs }, next);
  const { packed, held } = packCell(gpu, weights, it.most);
  const planes = planesOf(cell);
  const lengths = gpu.tensor([1], 'lengths');
  gpu.upload(lengths, Uint32Array.of(T));
  const zeros = (width: number) =>
    gpu.tensorFrom(new Float32Array((T + 1) * width), [T + 1, 1, width], 'state');
  const hidden = zeros(weights.state);
  const cells = cell === 'lstm' ? zeros(H) : null;
  const gates = planes > 0 && keepGates ? gpu.tensor([planes, T, 1, H], 'gates') : null;
  const input = gpu.tensorFrom(Float32Array.from(x), [T, 1, inputs], 'x');
  const slabs = { positions: T, batch: 1, reverse, lengths, hidden, cells, gates, gatesFirst: 0 };
  const layer: RecurrentLayer = { packed, inputs: [input], slabs };
  await gpu.submit('forward', (recorder) => recordRecurrentLayer(recorder, layer));
  const rows = referenceLayer(weights, x, [T], reverse).map((row) => row[0] as ReferenceStep);
  const steps = reverse ? rows.reverse() : rows;
  const all: (GpuTensor | null)[] = [...held, lengths, hidden, cells, gates, input];
  return { weights, x, layer, steps, release: () => all.forEach((tensor) => tensor && gpu.release(tensor)) };
}

/** ∂[h; c]_T/∂[h; c]_t for every t in reading order, as products of the steps' Jacobians. */
function jacobians(weights: ReferenceCell, steps: readonly ReferenceStep[]): Dense[] {
  const size = weights.state + (weights.cell === 'lstm' ? weights.units : 0);
  const result: Dense[] = [identity(size)];
  for (let t = steps.length - 1; t > 0; t--) {
    const J = stepJacobian(weights, steps[t - 1] as ReferenceStep, steps[t] as ReferenceStep);
    result.unshift(multiply(result[0] as Dense, J));
  }
  return result;
}

const relative = (a: number | undefined, b: number) =>
  Math.abs((a ?? NaN) - b) / Math.max(Math.abs(b), 1e-30);

describe('gradients through time', () => {
  test.each(Object.entries(CASES))('%s: norms are those of the multiplied Jacobians', async (_name, it) => {
    const { weights, layer, steps, release } = await prepare(it);
    const norms = await gradientThroughTime(gpu, layer, { spectral: true });
    const P = weights.state;
    for (const [i, whole] of jacobians(weights, steps).entries()) {
      const t = it.reverse === true ? it.positions - 1 - i : i;
      const J = block(whole, P, 0, P);
      expect(relative(norms.frobenius[t], frobenius(J) / Math.sqrt(P)), `Frobenius ${t}`).toBeLessThan(1e-4);
      expect(relative(norms.spectral?.[t], spectralNorm(J)), `spectral ${t}`).toBeLessThan(1e-3);
      if (weights.cell === 'lstm' && i < steps.length - 1) {
        const byCell = frobenius(block(whole, P, P, it.units)) / Math.sqrt(P);
        expect(relative(norms.cell?.[t], byCell), `cell ${t}`).toBeLessThan(1e-4);
      }
    }
    expect(norms.error).toBeNull();
    release();
  });

  test.each(['lstm', 'lstm backwards', 'lstm with a projection'])(
    '%s: and those of its cell',
    async (name) => {
      const it = CASES[name] as Case;
      const { weights, layer, steps, release } = await prepare(it);
      const { state: P, units: H } = weights;
      let told = 0;
      const norms = await gradientThroughTime(gpu, layer, {
        of: 'cell',
        onProgress: (_done, _total, { cell }) => (told = cell?.filter((value) => value > 0).length ?? 0),
      });
      for (const [i, whole] of jacobians(weights, steps).entries()) {
        const t = it.reverse === true ? it.positions - 1 - i : i;
        const norm = (first: number, width: number) =>
          frobenius(block(whole, H, first, width, P)) / Math.sqrt(H);
        expect(relative(norms.cell?.[t], norm(P, H)), `cell ${t}`).toBeLessThan(1e-4);
        if (i < steps.length - 1)
          expect(relative(norms.frobenius[t], norm(0, P)), `hidden ${t}`).toBeLessThan(1e-4);
      }
      expect([norms.spectral, norms.error, told]).toEqual([null, null, it.positions]);
      const estimate = await gradientThroughTime(gpu, layer, { of: 'cell', probes: 256 });
      for (const [t, exact] of (norms.cell ?? []).entries())
        expect(Math.abs((estimate.cell?.[t] ?? NaN) - exact), `probes ${t}`).toBeLessThan(
          (5 * (estimate.error?.[t] ?? NaN) + 1e-4) * exact,
        );
      release();
    },
  );

  // Wide enough that many rows go through a step's matrix, and long enough that they are condensed more than once.
  test.each<[string, Case]>([
    ['rnn', { cell: 'rnn-tanh', inputs: 3, units: 64, positions: 40 }],
    ['gru', { cell: 'gru', inputs: 3, units: 48, positions: 40, reverse: true }],
    ['lstm', { cell: 'lstm', inputs: 3, units: 48, positions: 40 }],
    [
      'lstm with hard gates, backwards',
      { cell: 'lstm', gates: 'hard_sigmoid', inputs: 3, units: 40, positions: 36, reverse: true },
    ],
    ['lstm with a projection', { cell: 'lstm', inputs: 3, units: 52, state: 36, positions: 36 }],
  ])('%s of many units: condensed rows have the norms of all', async (_name, it) => {
    const { weights, layer, steps, release } = await prepare(it);
    const before = gpu.memory().scratch;
    const { state: P, units: H } = weights;
    const isLstm = it.cell === 'lstm';
    const found = await gradientsThroughTime(gpu, layer, isLstm ? ['hidden', 'cell'] : ['hidden']);
    for (const [i, whole] of jacobians(weights, steps).entries()) {
      const t = it.reverse === true ? it.positions - 1 - i : i;
      for (const [part, norms] of found.entries()) {
        const [row, rows] = part === 0 ? [0, P] : [P, H];
        const norm = (first: number, width: number) =>
          frobenius(block(whole, rows, first, width, row)) / Math.sqrt(rows);
        for (const [name, value, exact] of [
          ['by h', norms.frobenius[t], norm(0, P)],
          ['by c', norms.cell?.[t] ?? 0, isLstm ? norm(P, H) : 0],
        ] as const)
          expect(
            Math.abs((value ?? NaN) - exact),
            `part ${part} ${name} at ${t}: ${value}, ${exact}`,
          ).toBeLessThanOrEqual(5e-4 * exact);
      }
    }
    expect(gpu.memory().scratch).toBe(before);
    release();
  });

  test('rows that came to depend on what was left out are taken back', async () => {
    // Half of the units carry everything for 19 steps, beside which the others vanish; then they are switched off.
    const T = 30;
    const [H, off, faint] = [64, 10, 0.25];
    const isStrong = (j: number) => j < H / 2;
    const plain = randomCell({ cell: 'rnn-relu', inputs: 2, units: H }, 1);
    const weights = {
      ...plain,
      input: Float64Array.from({ length: H * 2 }, (_, i) => (isStrong(i >> 1) === (i % 2 === 0) ? 1 : 0)),
      recurrent: Float64Array.from({ length: H * H }, (_, i) => {
        const [row, column] = [Math.floor(i / H), i % H];
        return row !== column ? 0 : isStrong(row) ? 1 : faint;
      }),
      inputBias: new Float64Array(H),
      recurrentBias: new Float64Array(H),
    };
    const x = Float64Array.from({ length: T * 2 }, (_, i) => (i === 2 * off ? -1000 : 1));
    const it: Case = { cell: 'rnn-relu', inputs: 2, units: H, positions: T };
    const { layer, release } = await prepare(it, true, { weights, x });
    const { frobenius: norms } = await gradientThroughTime(gpu, layer);
    for (const [t, norm] of norms.entries()) {
      const strong = t >= off ? 1 : 0;
      const exact = Math.sqrt((strong + faint ** (2 * (T - 1 - t))) / 2);
      expect(relative(norm, exact), `position ${t}: ${norm}, ${exact}`).toBeLessThan(1e-4);
    }
    release();
  });

  test('both states in one sweep are what they are alone', async () => {
    const { layer, release } = await prepare(CASES['lstm with a projection'] as Case);
    const [hidden, cell] = await gradientsThroughTime(gpu, layer, ['hidden', 'cell'], { spectral: true });
    const alone = [
      await gradientThroughTime(gpu, layer, { spectral: true }),
      await gradientThroughTime(gpu, layer, { of: 'cell' }),
    ] as const;
    for (const [at, one] of [hidden, cell].entries()) {
      for (const [t, norm] of (alone[at]?.frobenius ?? []).entries())
        expect(relative(one?.frobenius[t], norm)).toBeLessThan(1e-5);
      for (const [t, norm] of (alone[at]?.cell ?? []).entries())
        expect(relative(one?.cell?.[t], norm)).toBeLessThan(1e-5);
    }
    expect(hidden?.spectral?.length).toBe(hidden?.frobenius.length);
    expect(cell?.spectral).toBeNull();
    release();
  });

  test('only an LSTM has a cell', async () => {
    const { layer, release } = await prepare(CASES['gru'] as Case);
    await expect(gradientThroughTime(gpu, layer, { of: 'cell' })).rejects.toThrow('Only an LSTM has a cell.');
    release();
  });

  test('from another target, later positions have no influence', async () => {
    const { weights, layer, steps, release } = await prepare(CASES['gru'] as Case);
    const norms = await gradientThroughTime(gpu, layer, { target: 7 });
    expect([...norms.frobenius.subarray(8)].every((value) => value === 0)).toBe(true);
    const first = jacobians(weights, steps.slice(0, 8))[0] as Dense;
    expect(relative(norms.frobenius[0], frobenius(first) / Math.sqrt(21))).toBeLessThan(1e-4);
    release();
  });

  test('gates that were not kept are computed again, to the same bits', async () => {
    for (const name of ['lstm', 'gru, reset before']) {
      const kept = await prepare(CASES[name] as Case);
      const lean = await prepare(CASES[name] as Case, false);
      const norms = await gradientThroughTime(gpu, kept.layer);
      expect((await gradientThroughTime(gpu, lean.layer)).frobenius).toEqual(norms.frobenius);
      kept.release();
      lean.release();
    }
  });

  test('random probes agree within their error bars', async () => {
    const { layer, release } = await prepare({ cell: 'lstm', inputs: 3, units: 48, positions: 20 });
    const exact = await gradientThroughTime(gpu, layer);
    const probed = await gradientThroughTime(gpu, layer, { probes: 64 });
    for (const [t, norm] of exact.frobenius.entries()) {
      const error = probed.error?.[t] ?? NaN;
      expect(error).toBeLessThan(0.2);
      expect(relative(probed.frobenius[t], norm), `position ${t}`).toBeLessThanOrEqual(5 * error + 1e-5);
    }
    release();
  });

  test('an aborted sweep stops and gives everything back', async () => {
    const { layer, release } = await prepare(CASES['gru'] as Case);
    const before = gpu.memory();
    const stopped = new AbortController();
    const sweep = gradientThroughTime(gpu, layer, {
      signal: stopped.signal,
      onProgress: () => stopped.abort(),
    });
    await expect(sweep).rejects.toThrow(/abort/i);
    expect(gpu.memory()).toMatchObject({ activations: before.activations, scratch: before.scratch });
    release();
  });
});

describe('duality', () => {
  // wᵀ(J v), a vector carried forwards by the steps' Jacobians in float64, is (Jᵀw)ᵀv, one carried back by the kernels.
  test.each(Object.entries(CASES))('%s: forward and backward products agree', async (_name, it) => {
    const { weights, layer, steps, release } = await prepare(it);
    const { state: P, units: H } = weights;
    const k = 3;
    const w = Float32Array.from({ length: k * P }, randomValues(21));
    const v = Float64Array.from({ length: P + (it.cell === 'lstm' ? H : 0) }, randomValues(22));
    const forward = steps.slice(1).reduce((x, step, t) => {
      const J = stepJacobian(weights, steps[t] as ReferenceStep, step);
      return x.map((_, i) =>
        x.reduce((sum, value, j) => sum + (J.values[i * J.columns + j] as number) * value, 0),
      );
    }, v);
    let vector = gpu.tensorFrom(w, [k, P], 'vectors');
    let next = gpu.tensor([k, P], 'vectors before the step');
    const carry = gpu.tensorFrom(new Float32Array(k * H), [k, H], 'carry');
    const last = it.positions - 1;
    await gpu.submit('backwards', (recorder) => {
      for (let t = last; t > 0; t--) {
        const position = it.reverse === true ? last - t : t;
        recordBackwardStep(recorder, {
          ...{ packed: layer.packed, slabs: layer.slabs, position },
          ...{ vector, next, carry },
        });
        [vector, next] = [next, vector];
      }
    });
    const [byHidden, byCell] = await Promise.all([gpu.read(vector), gpu.read(carry)]);
    for (let row = 0; row < k; row++) {
      let ahead = 0;
      let back = 0;
      let size = 0;
      for (let p = 0; p < P; p++) {
        ahead += (w[row * P + p] as number) * (forward[p] as number);
        back += (byHidden[row * P + p] as number) * (v[p] as number);
        size += Math.abs((byHidden[row * P + p] as number) * (v[p] as number));
      }
      if (it.cell === 'lstm')
        for (let j = 0; j < H; j++) {
          back += (byCell[row * H + j] as number) * (v[P + j] as number);
          size += Math.abs((byCell[row * H + j] as number) * (v[P + j] as number));
        }
      expect(Math.abs(back - ahead), `vector ${row}`).toBeLessThanOrEqual(1e-4 * size);
    }
    for (const tensor of [vector, next, carry]) gpu.release(tensor);
    release();
  });
});

describe('the Jacobian of a step', () => {
  test.each(Object.entries(CASES))('%s: agrees with finite differences', (_name, it) => {
    const weights = randomCell({ ...it, scale: 1.5 / Math.sqrt(it.units) }, 5);
    const next = randomValues(9);
    const draw = (count: number) => Float64Array.from({ length: count }, next);
    const x = draw(it.inputs);
    const start = { h: draw(weights.state), c: zeroState(weights).c.map(next) };
    const J = stepJacobian(weights, start, referenceStep(weights, x, start));
    const flat = ({ h, c }: ReferenceState) => [...h, ...c];
    const size = J.columns;
    const epsilon = 1e-6;
    for (let k = 0; k < size; k++) {
      const moved = (by: number) => {
        const values = flat(start).map((value, i) => value + (i === k ? by : 0));
        const state = {
          h: Float64Array.from(values.slice(0, weights.state)),
          c: Float64Array.from(values.slice(weights.state)),
        };
        return flat(referenceStep(weights, x, state));
      };
      const [up, down] = [moved(epsilon), moved(-epsilon)];
      for (let i = 0; i < size; i++) {
        const slope = ((up[i] as number) - (down[i] as number)) / (2 * epsilon);
        expect(Math.abs((J.values[i * size + k] as number) - slope)).toBeLessThan(1e-7);
      }
    }
  });
});

describe('the derivative by the inputs', () => {
  test.each(Object.entries(CASES))('%s: agrees with finite differences', async (_name, it) => {
    const { weights, x, layer, release } = await prepare(it);
    const { inputs, positions: T } = it;
    const P = weights.state;
    // A number that depends on every output: Σ wₜ·hₜ.
    const w = Float64Array.from({ length: T * P }, randomValues(11));
    const injected = gpu.tensorFrom(Float32Array.from(w), [T, P], 'injected');
    const width = weights.units * gateCount(it.cell);
    const products = gpu.tensor([T, width], 'products');
    await sweepLayer(gpu, layer, { injected, products });
    const delta = await gpu.read(products);
    const value = (input: Float64Array) =>
      referenceLayer(weights, input, [T], it.reverse === true).reduce(
        (sum, [step], t) =>
          sum + (step?.h ?? new Float64Array(0)).reduce((s, h, p) => s + h * (w[t * P + p] as number), 0),
        0,
      );
    const G = gateCount(it.cell);
    for (let t = 0; t < T; t += 3)
      for (let i = 0; i < inputs; i++) {
        // Row t of δ times the input weights.
        let ours = 0;
        for (let j = 0; j < weights.units; j++)
          for (let g = 0; g < G; g++)
            ours +=
              (delta[t * width + j * G + g] as number) *
              (weights.input[(g * weights.units + j) * inputs + i] as number);
        const moved = (by: number) => value(x.map((v, n) => v + (n === t * inputs + i ? by : 0)));
        const slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        expect(Math.abs(ours - slope), `x[${t}, ${i}]`).toBeLessThan(1e-4 * Math.max(1, Math.abs(slope)));
      }
    gpu.release(injected);
    gpu.release(products);
    release();
  });
});
