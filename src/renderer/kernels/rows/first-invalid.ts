import code from '../../../shaders/first-invalid.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

const kernel = defineKernel('first-invalid', code);

/** What stands in a slot where every value is a number. */
export const NONE = 0xffffffff;

/**
 * The first row of x with NaN or an infinity, into slot `slot` of `found` (32-bit integers that the caller set to NONE).
 * @param x [T, D]; rows along its last axis
 */
export function recordFirstInvalid(recorder: Recorder, x: GpuTensor, found: GpuTensor, slot: number): void {
  const width = x.shape.at(-1) ?? 1;
  const rows = elements(x.shape) / width;
  recorder.dispatch({
    kernel,
    bind: { x, found },
    params: { rows, width, slot },
    groups: [Math.ceil(rows / 64)],
    split: 0,
    work: { flop: rows * width, bytes: rows * width * 4 },
  });
}
