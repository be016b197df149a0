import code from '../../../shaders/row-norms.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

export const rowNorms = defineKernel(
  'row-norms',
  code,
  [false, true].flatMap((WORKGROUP) => [false, true].map((VECTOR) => ({ WORKGROUP, VECTOR }))),
);

/**
 * out[first + row] = ‖x[row, ·]‖ over the last axis. Norms from about 10⁻³⁷ to 10³⁸ are exact to f32.
 * @param out takes a value for each row from element `first` on; no buffer that is read
 */
export function recordRowNorms(recorder: Recorder, x: GpuTensor, out: GpuTensor, first = 0): void {
  const width = x.shape.at(-1) ?? 1;
  const rows = elements(x.shape) / width;
  const WORKGROUP = !recorder.gpu.facts.isSoftware;
  const VECTOR = width % 4 === 0 && x.offset % 4 === 0;
  recorder.dispatch({
    kernel: rowNorms,
    constants: { WORKGROUP, VECTOR },
    bind: { x, out },
    params: { rows, width, first },
    groups: [WORKGROUP ? rows : Math.ceil(rows / 64)],
    split: 0,
    work: { flop: rows * width * 8, bytes: rows * width * 4 },
  });
}
