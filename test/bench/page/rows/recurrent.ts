/** What the recurrent views compute of a run: gradients through time, correlations of units, patterns of units. */
import { onThroughout, stretchesOfAll, type OnSets } from '../../../../src/renderer/analysis/bit-sets.ts';
import { correlations } from '../../../../src/renderer/analysis/correlation.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { GpuTensor } from '../../../../src/renderer/gpu/tensor.ts';
import { gradientsThroughTime } from '../../../../src/renderer/kernels/recurrent/gradient.ts';
import type { Derived } from '../../../../src/renderer/kernels/recurrent/derived-states.ts';
import {
  recordRecurrentLayer,
  type RecurrentLayer,
} from '../../../../src/renderer/kernels/recurrent/recurrent-layer.ts';
import { packCell, randomCell } from '../../../gpu/recurrent/cells.ts';
import type { Result, Row } from '../measure.ts';
import { random } from './data.ts';

/** Layers of the bundled character models, and random vectors as the memory view takes them. */
const LAYERS = 2;
const PROBES = 32;
const PROBES_OF_LONG = 16;
const SHAPES = {
  rnn: { cell: 'rnn-tanh', inputs: 64, units: 400 },
  lstm: { cell: 'lstm', inputs: 64, units: 192 },
} as const;

interface Made {
  readonly layer: RecurrentLayer;
  readonly derived: readonly Derived[];
  release(): void;
}

/** A layer of random weights over random inputs, with the states of its pass. */
async function layerOf(gpu: Gpu, kind: keyof typeof SHAPES, T: number): Promise<Made> {
  const shape = SHAPES[kind];
  const cell = randomCell(shape, 8);
  // An open forget gate: what has vanished would end the sweep early.
  if (kind === 'lstm') cell.inputBias.fill(20, shape.units, 2 * shape.units);
  const { packed, held } = packCell(gpu, cell);
  const tensor = (dims: readonly number[], label: string): GpuTensor => {
    const made = gpu.tensor(dims, label);
    held.push(made);
    return made;
  };
  const isLstm = kind === 'lstm';
  const lengths = tensor([1], 'lengths');
  gpu.upload(lengths, Uint32Array.of(T));
  const inputs = tensor([T, 1, shape.inputs], 'x');
  gpu.upload(inputs, random(T * shape.inputs, 9));
  const zeros = (label: string) => {
    const made = tensor([T + 1, 1, shape.units], label);
    gpu.upload(made, new Float32Array((T + 1) * shape.units));
    return made;
  };
  const slabs = {
    ...{ positions: T, batch: 1, reverse: false, lengths, gatesFirst: 0 },
    hidden: zeros('hidden'),
    cells: isLstm ? zeros('cells') : null,
    gates: isLstm ? tensor([4, T, 1, shape.units], 'gates') : null,
  };
  const layer = { packed, inputs: [inputs], slabs };
  await gpu.submit('bench', (recorder) => recordRecurrentLayer(recorder, layer));
  return {
    layer,
    derived: isLstm ? ['hidden', 'cell'] : ['hidden'],
    release: () => {
      for (const made of held) gpu.release(made);
    },
  };
}

/** All curves of a text of 93 characters: as the view first shows them, and exact. */
export function memoryRows(gpu: Gpu): readonly Row[] {
  return (['rnn', 'lstm'] as const).flatMap((kind) =>
    [PROBES, null].map((probes): Row => ({
      name: `gradients through 93 steps, ${kind}, ${probes === null ? 'exact' : `${probes} probes`}`,
      async prepare() {
        const { layer, derived, release } = await layerOf(gpu, kind, 93);
        const options = probes === null ? {} : { probes };
        return {
          ours: {
            name: 'headgate',
            async run() {
              for (let i = 0; i < LAYERS; i++) await gradientsThroughTime(gpu, layer, derived, options);
            },
            dispose: release,
          },
          peers: [],
        };
      },
    })),
  );
}

/** Correlations and patterns, which need no GPU. */
export function unitRows(): readonly Row[] {
  const row = (name: string, prepare: () => () => Promise<unknown>): Row => ({
    name,
    prepare: () => {
      const work = prepare();
      const run = async () => {
        await work();
      };
      return Promise.resolve({ ours: { name: 'headgate', run }, peers: [] });
    },
  });
  return [
    row('correlations of 400 units with 8 features, 30,000 steps', () => {
      const values = random(30_000 * 400, 3);
      const features = Array.from({ length: 8 }, (_, seed) => random(30_000, seed + 20));
      return () => correlations(values, 400, features);
    }),
    row('pattern of units, 500,000 steps of 256 units', () => {
      const sets = onOften(500_000, 256);
      return () => {
        const units = onThroughout(sets, { from: 320, to: 330 }, false);
        return Promise.resolve(stretchesOfAll(sets, units));
      };
    }),
  ];
}

/** Sets of units that are on in most steps, 64 of them at the steps that are searched for. */
function onOften(steps: number, units: number): OnSets {
  const words = Math.ceil(steps / 32);
  const noise = random(words, 5);
  const bits = Uint32Array.from({ length: units * words }, (_, at) => {
    const word = at % words;
    const isSearched = word >= 10 && word < 12;
    if (isSearched) return Math.floor(at / words) < 64 ? 0xffffffff : 0;
    return (noise[word] ?? 0) > 0 ? 0xffffff0f : 0x0ff0;
  });
  return { units, steps, words, bits };
}

export const LONG_ROW = 'gradients through 10,000 steps, lstm, 16 probes';

/** A long text, once: it takes most of a minute without a GPU. */
export async function longMemoryResult(gpu: Gpu): Promise<Result> {
  const { layer, derived, release } = await layerOf(gpu, 'lstm', 10_000);
  const started = performance.now();
  for (let i = 0; i < LAYERS; i++)
    await gradientsThroughTime(gpu, layer, derived, { probes: PROBES_OF_LONG });
  const milliseconds = performance.now() - started;
  release();
  return {
    ...{ name: LONG_ROW, ours_ms: milliseconds, peer: 'none', peer_ms: Number.NaN, ratio: Number.NaN },
    peers: {},
  };
}
