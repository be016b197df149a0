import code from '../../../shaders/reduce-time.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

const kernel = defineKernel('reduce-time', code, [
  { MEAN: false, MAXIMUM: false },
  { MEAN: true, MAXIMUM: false },
  { MEAN: false, MAXIMUM: true },
]);

/** out [width] = mean, sum or maximum over the rows of x [T, width]. */
export function reduceTime(
  recorder: Recorder,
  x: GpuTensor,
  out: GpuTensor,
  how: 'mean' | 'sum' | 'max',
): void {
  const width = x.shape.at(-1) ?? 1;
  const rows = elements(x.shape) / width;
  recorder.dispatch({
    kernel,
    constants: { MEAN: how === 'mean', MAXIMUM: how === 'max' },
    bind: { x, out },
    params: { rows, width },
    groups: [Math.ceil(width / 64)],
    work: { flop: rows * width, bytes: rows * width * 4 },
  });
}
