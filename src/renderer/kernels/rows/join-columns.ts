import code from '../../../shaders/join-columns.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

const kernel = defineKernel('join-columns', code);

/** out [rows, Σ widths]: the parts [rows, width] side by side. One dispatch a part. */
export function joinColumns(recorder: Recorder, parts: readonly GpuTensor[], out: GpuTensor): void {
  const outWidth = out.shape.at(-1) ?? 1;
  let first = 0;
  for (const x of parts) {
    const width = x.shape.at(-1) ?? 1;
    const rows = elements(x.shape) / width;
    recorder.dispatch({
      kernel,
      bind: { x, out },
      params: { rows, width, out_width: outWidth, first },
      groups: [Math.ceil((rows * width) / 64)],
      split: 0,
    });
    first += width;
  }
}
