/** One vector taken backwards through all steps of a layer. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../rows/elementwise.ts';
import { recordBackwardStep } from './recurrent-backward.ts';
import { recordRecurrentLayer, type RecurrentLayer } from './recurrent-layer.ts';
import { GATE_PLANES, gateCount, type RecurrentSlabs } from './recurrent.ts';

/** Positions in one submit of a single vector. */
const SWEEP_POSITIONS = 64;

/** One vector on its way through a layer. */
export interface LayerSweep {
  /** [T, P]: the derivative by each output of the layer that comes from above. */
  readonly injected: GpuTensor;
  /** [T, H·G]: gets the derivative by the input products. */
  readonly products: GpuTensor;
  /** The derivative by what the layer ends with, [P] and of an LSTM [H]; left out: nothing but the outputs counts. */
  readonly final?: FinalGradient | undefined;
}

/** Derivatives by what a direction of a layer ends with. */
export interface FinalGradient {
  /** [P] */
  readonly hidden: Float32Array<ArrayBuffer>;
  /** [H]; null: it has no cell, or nothing depends on it. */
  readonly cell: Float32Array<ArrayBuffer> | null;
}

/**
 * The derivative of one number by a layer's input products, from its derivative by the layer's outputs: one vector is
 * taken backwards through all steps and gathers what is injected on its way.
 * @throws the signal's reason, between two submits.
 */
export async function sweepLayer(
  gpu: Gpu,
  layer: RecurrentLayer,
  { injected, products, final }: LayerSweep,
  signal?: AbortSignal,
): Promise<void> {
  const { packed, slabs } = layer;
  const positions = sweepOrder(slabs);
  const held = [
    gpu.tensor([1, packed.state], 'vector', 'scratch'),
    gpu.tensor([1, packed.state], 'vector and what is injected', 'scratch'),
    gpu.tensor([1, packed.units], 'carry', 'scratch'),
  ] as const;
  const [vector, joined, carry] = held;
  try {
    if (elements(products.shape) !== slabs.positions * packed.units * gateCount(packed.cell))
      throw new Error('The derivative by the input products has the wrong size.');
    gpu.upload(vector, final?.hidden ?? new Float32Array(packed.state));
    gpu.upload(carry, final?.cell ?? new Float32Array(packed.units));
    for (let done = 0; done < positions.length; done += SWEEP_POSITIONS) {
      const chunk = positions.slice(done, done + SWEEP_POSITIONS);
      await gpu.submit(
        'gradient by the input',
        (recorder) => {
          const own = withGates(recorder, layer, chunk);
          for (const position of chunk) {
            add(recorder, vector, rowsOf(injected, position, position + 1), joined);
            recordBackwardStep(recorder, {
              packed,
              slabs: own,
              position,
              vector: joined,
              next: vector,
              carry,
              inputs: products,
            });
          }
        },
        { signal },
      );
    }
  } finally {
    for (const tensor of held) gpu.release(tensor);
  }
}

/** Positions from the target back to the first that the layer read. */
export function sweepOrder(slabs: RecurrentSlabs, target?: number): number[] {
  const { positions, reverse } = slabs;
  const last = target ?? (reverse ? 0 : positions - 1);
  return reverse
    ? Array.from({ length: positions - last }, (_, i) => last + i)
    : Array.from({ length: last + 1 }, (_, i) => last - i);
}

/** The slabs with the gates of some positions: computed again from the kept states when they were not kept. */
export function withGates(
  recorder: Recorder,
  layer: RecurrentLayer,
  positions: readonly number[],
): RecurrentSlabs {
  const { packed, slabs } = layer;
  const planes = GATE_PLANES[packed.cell].length;
  if (slabs.gates !== null || planes === 0) return slabs;
  const from = Math.min(...positions);
  const to = Math.max(...positions) + 1;
  const gates = recorder.temp([planes, to - from, slabs.batch, packed.units], 'gates');
  // The states stay as they are: a product of fewer rows might round otherwise.
  const own = { ...slabs, gates, gatesFirst: from, gatesOnly: true };
  recordRecurrentLayer(recorder, { ...layer, slabs: own }, from, to);
  return own;
}
