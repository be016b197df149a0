import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/softmax.wgsl?raw';
import { defineRowKernel, rowCall, rowMode, type RowMode } from './rows.ts';

const rowKernel = defineRowKernel('softmax', code);

/**
 * out = softmax(x) over the last axis; a row of nothing but −∞ becomes zeros.
 * @param out of x's shape; no buffer that is read
 */
export function softmax(recorder: Recorder, x: GpuTensor, out: GpuTensor, mode?: RowMode): void {
  const width = x.shape.at(-1) ?? 1;
  const count = x.shape.reduce((product, size) => product * size, 1);
  const { facts } = recorder.gpu;
  const { kernel, constants, rows, groups } = rowCall(
    rowKernel,
    mode ?? rowMode(facts, count / width, width),
    [x, out],
  );
  recorder.dispatch({
    kernel,
    constants,
    bind: { x, out },
    params: { rows, width },
    groups,
    split: 0,
    work: { flop: count * 10, bytes: count * 8 },
  });
}
