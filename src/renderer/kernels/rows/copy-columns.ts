import code from '../../../shaders/copy-columns.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

const kernel = defineKernel('copy-columns', code);

const widthOf = ({ shape }: GpuTensor) => shape.at(-1) ?? 1;

/** out [rows, Σ widths]: the parts [rows, width] side by side. One dispatch a part. */
export function joinColumns(recorder: Recorder, parts: readonly GpuTensor[], out: GpuTensor): void {
  let first = 0;
  for (const x of parts) {
    copyColumns(recorder, x, 0, out, first, widthOf(x));
    first += widthOf(x);
  }
}

/** out [rows, width]: the columns of x [rows, X] from `first` on. */
export function takeColumns(recorder: Recorder, x: GpuTensor, first: number, out: GpuTensor): void {
  if (first < 0 || first + widthOf(out) > widthOf(x))
    throw new RangeError(`columns from ${first} of [${x.shape.join(', ')}] into [${out.shape.join(', ')}]`);
  copyColumns(recorder, x, first, out, 0, widthOf(out));
}

function copyColumns(
  recorder: Recorder,
  x: GpuTensor,
  xFirst: number,
  out: GpuTensor,
  outFirst: number,
  width: number,
): void {
  const rows = elements(x.shape) / widthOf(x);
  recorder.dispatch({
    kernel,
    bind: { x, out },
    params: {
      rows,
      width,
      x_width: widthOf(x),
      x_first: xFirst,
      out_width: widthOf(out),
      out_first: outFirst,
    },
    groups: [Math.ceil((rows * width) / 64)],
    split: 0,
  });
}
