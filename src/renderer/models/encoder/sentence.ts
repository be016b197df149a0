/** The vector of a text, from its states: pooling and the steps after it. T tokens, D width. */
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { asMatrix } from '../../kernels/matmul/weight.ts';
import { rmsNorm } from '../../kernels/rows/norm.ts';
import { reduceTime } from '../../kernels/recurrent/reduce-time.ts';
import { linear, type Linear } from '../transformer/blocks.ts';
import type { WeightStore } from '../weight-store.ts';
import { decodeFloats } from '../../../common/stored-floats.ts';
import type { Dense, StoredValues } from '../../../common/configs/dense.ts';
import type { Pooling } from '../../../common/configs/pooling.ts';

/** Writes [W] from [W], or from another width. */
interface Step {
  readonly width: number;
  readonly record: (recorder: Recorder, from: GpuTensor, to: GpuTensor) => void;
}

export interface Sentence {
  readonly how: Pooling['how'];
  readonly steps: readonly Step[];
  readonly width: number;
}

/** Reserves room for what the steps need. @param width D */
export function readSentence(store: WeightStore, pooling: Pooling, width: number): Sentence {
  let size = width;
  const steps = pooling.steps.map((step) => {
    if (step === 'normalize') return normalizing(store, size);
    size = step.outputs;
    return denseStep(store, step);
  });
  return { how: pooling.how, steps, width: pooling.width };
}

function normalizing(store: WeightStore, width: number): Step {
  // An RMS norm with these weights divides by the length: x / √(mean of squares) · 1/√W.
  const unit = store.computed(new Float32Array(width).fill(1 / Math.sqrt(width)), [width], 'unit length');
  return {
    width,
    // As in PyTorch: what is shorter than 10⁻¹² stays as short.
    record: (recorder, x, out) => rmsNorm(recorder, { x, weight: unit, out, epsilon: 1e-24 / width }),
  };
}

function denseStep(store: WeightStore, { inputs, outputs, activation, weight, bias }: Dense): Step {
  const floats = ({ dtype, bytes }: StoredValues) => decodeFloats(dtype, bytes);
  const own: Linear = {
    weight: asMatrix(store.computed(floats(weight), [outputs, inputs], 'dense weight')),
    byInput: false,
    bias: bias && store.computed(floats(bias), [outputs], 'dense bias'),
  };
  return {
    width: outputs,
    record: (recorder, x, out) =>
      linear(recorder, reshape(x, [1, inputs]), own, reshape(out, [1, outputs]), {
        activation,
        label: 'dense',
      }),
  };
}

/** target [W] from states [T, D]. */
export function recordSentence(
  recorder: Recorder,
  { how, steps }: Sentence,
  states: GpuTensor,
  target: GpuTensor,
): void {
  const [, D = 0] = states.shape;
  let vector = steps.length === 0 ? target : recorder.temp([D], 'pooled states');
  if (how === 'first') recorder.copy(reshape(rowsOf(states, 0, 1), [D]), vector);
  else reduceTime(recorder, states, vector, how);
  for (const [index, { width, record }] of steps.entries()) {
    const out = index + 1 === steps.length ? target : recorder.temp([width], 'step of the embedding');
    record(recorder, vector, out);
    recorder.free(vector);
    vector = out;
  }
}
