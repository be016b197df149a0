/** From a logit to the state that it was made of. V vocabulary, E width of the table, D width of the states. */
import type { Gpu } from '../../../gpu/gpu.ts';
import type { Recorder } from '../../../gpu/recorder.ts';
import type { GpuTensor } from '../../../gpu/tensor.ts';
import { activationBackward } from '../../../kernels/rows/activation-backward.ts';
import { isQuantized, partsOf, type Matrix } from '../../../kernels/matmul/weight.ts';
import { unpack } from '../../../kernels/matmul/unpack.ts';
import { editColumns } from '../../../kernels/rows/edit-columns.ts';
import { embedding } from '../../../kernels/rows/embedding.ts';
import type { Activation } from '../../../kernels/rows/activation.ts';
import type { ClassificationHead } from '../../labels/head.ts';
import { linear, outputsOf, type Linear, type Norm } from '../blocks.ts';
import { recordLogits, type Head } from '../stack.ts';
import { backThroughNorm, linearBackward } from './blocks.ts';

/** ∂logit/∂state of output `output`, into out [1, D]. @param state [1, D] */
export async function headBackward(
  gpu: Gpu,
  head: Head,
  state: GpuTensor,
  output: number,
  out: GpuTensor,
  signal?: AbortSignal,
): Promise<void> {
  const slope = head.scale * (await capSlope(gpu, head, state, output, signal));
  const ids = gpu.tensor([1], 'output', 'scratch');
  try {
    gpu.upload(ids, Uint32Array.of(output));
    await gpu.submit('gradient of the head', (recorder) =>
      record(recorder, head, state, { ids, output, slope }, out),
    );
  } finally {
    gpu.release(ids);
  }
}

/** What states may go through before they are scored. */
interface Transform {
  readonly dense: Linear;
  readonly activation: Activation;
  readonly norm: Norm | null;
}

function record(
  recorder: Recorder,
  { transform, weight }: Head,
  state: GpuTensor,
  asked: AskedRow,
  out: GpuTensor,
): void {
  if (transform === null) {
    scaledRow(recorder, weight, asked, out);
    return;
  }
  const row = recorder.temp([1, weight.shape[1]], 'row of the head');
  scaledRow(recorder, weight, asked, row);
  throughTransform(recorder, transform, state, row, out);
}

/** ∂logit/∂state of label `output` of a part of a head, into out [1, D]. @param state [1, D] */
export async function labelBackward(
  gpu: Gpu,
  { dense }: ClassificationHead,
  part: Linear,
  state: GpuTensor,
  output: number,
  out: GpuTensor,
): Promise<void> {
  const chosen = gpu.tensor([1, outputsOf(part)], 'label', 'scratch');
  try {
    gpu.upload(
      chosen,
      Float32Array.from({ length: outputsOf(part) }, (_, label) => (label === output ? 1 : 0)),
    );
    await gpu.submit('gradient of the head', (recorder) => {
      if (dense === null) {
        linearBackward(recorder, chosen, part, out);
        return;
      }
      const row = recorder.temp([1, outputsOf(dense.linear)], 'gradient of the last part');
      linearBackward(recorder, chosen, part, row);
      throughTransform(recorder, { ...dense, dense: dense.linear }, state, row, out);
    });
  } finally {
    gpu.release(chosen);
  }
}

/** out [1, D] = ∂y/∂state, from ∂y/∂(norm(act(dense(state)))), `row`. */
function throughTransform(
  recorder: Recorder,
  { dense, activation, norm: own }: Transform,
  state: GpuTensor,
  row: GpuTensor,
  out: GpuTensor,
): void {
  const temp = (label: string) => recorder.temp([1, outputsOf(dense)], label);
  let above = row;
  if (own !== null) {
    const active = temp('active');
    linear(recorder, state, dense, active, { activation });
    above = temp('gradient before the norm');
    backThroughNorm(recorder, active, own, row, above);
  }
  const [before, byBefore] = [temp('before the activation'), temp('gradient before the activation')];
  linear(recorder, state, dense, before);
  activationBackward(recorder, { activation, x: before, gradient: above, out: byBefore });
  linearBackward(recorder, byBefore, dense, out);
}

interface AskedRow {
  /** [1]: the output. */
  readonly ids: GpuTensor;
  readonly output: number;
  readonly slope: number;
}

/** slope · a row of the table, [1, E]. */
function scaledRow(
  recorder: Recorder,
  table: Matrix,
  { ids, output, slope }: AskedRow,
  out: GpuTensor,
): void {
  if (!isQuantized(table)) {
    embedding(recorder, { ids, table, scale: slope, out });
    return;
  }
  let first = 0;
  for (const part of partsOf(table)) {
    const at = output - first;
    if (at >= 0 && at < part.shape[0]) unpack(recorder, part, out, at);
    first += part.shape[0];
  }
  editColumns(recorder, out, { columns: [0, table.shape[1]], factor: slope });
}

/** The derivative of the soft cap at a logit; 1 without one. */
async function capSlope(
  gpu: Gpu,
  head: Head,
  state: GpuTensor,
  output: number,
  signal?: AbortSignal,
): Promise<number> {
  const { softCap, weight } = head;
  if (softCap === null) return 1;
  const logits = gpu.tensor([1, weight.shape[0]], 'logits', 'scratch');
  try {
    await gpu.submit('logits', (recorder) => recordLogits(recorder, head, state, logits));
    const values = await gpu.read(logits, signal);
    return 1 - ((values[output] ?? NaN) / softCap) ** 2;
  } finally {
    gpu.release(logits);
  }
}
