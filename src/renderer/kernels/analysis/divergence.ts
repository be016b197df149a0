import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/divergence.wgsl?raw';
import { defineRowKernel, rowCall, rowMode, type RowMode } from '../rows/rows.ts';

const rowKernel = defineRowKernel('divergence', code);

/**
 * How far two distributions are apart: KL(softmax(before) ‖ softmax(after)) of each row, in nats.
 * @param before [R, V] logits; so is `after`
 * @param out [R]
 */
export function divergence(
  recorder: Recorder,
  before: GpuTensor,
  after: GpuTensor,
  out: GpuTensor,
  mode?: RowMode,
): void {
  const width = before.shape.at(-1) ?? 1;
  const count = elements(before.shape);
  if (elements(after.shape) !== count || elements(out.shape) * width !== count)
    throw new Error('divergence: the tensors differ in size.');
  const { kernel, constants, rows, groups } = rowCall(
    rowKernel,
    mode ?? rowMode(recorder.gpu.facts, count / width, width),
    [before, after],
  );
  recorder.dispatch({
    kernel,
    constants,
    bind: { before, after, out },
    params: { rows, width },
    groups,
    split: 0,
    work: { flop: 12 * count, bytes: 16 * count },
  });
}
