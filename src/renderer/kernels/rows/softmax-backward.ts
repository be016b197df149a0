import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/softmax-backward.wgsl?raw';
import { defineRowKernel, rowCall, rowMode, type RowMode } from './rows.ts';

const rowKernel = defineRowKernel('softmax-backward', code);

/** Derivatives by what a softmax read, from what it gave and ∂y/∂(that), over the last axis; out is no buffer that is read. */
export function softmaxBackward(
  recorder: Recorder,
  tensors: { readonly weights: GpuTensor; readonly gradient: GpuTensor; readonly out: GpuTensor },
  mode?: RowMode,
): void {
  const { weights, gradient, out } = tensors;
  const count = elements(weights.shape);
  const columns = weights.shape.at(-1) ?? 1;
  const { kernel, constants, rows, width, groups } = rowCall(
    rowKernel,
    mode ?? rowMode(recorder.gpu.facts, count / columns, columns),
    [weights, gradient, out],
  );
  recorder.dispatch({
    kernel,
    constants,
    bind: { weights, gradient, out },
    params: { rows, width },
    groups,
    split: 0,
    work: { flop: count * 4, bytes: count * 20 },
  });
}
