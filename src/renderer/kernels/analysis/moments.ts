import code from '../../../shaders/moments.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { STRIDE } from './histogram.ts';

const momentsKernel = defineKernel('moments', code, [{ STRIDE }]);

/**
 * What each of 2,048 threads finds among the finite values, into `moments` [2048, 4]: Σ (x − centre), Σ (x − centre)²,
 * zeros, and how many. A thread adds up in f32: sums of up to 4 million values lose about 10⁻⁵ of their size.
 */
export function moments(recorder: Recorder, values: GpuTensor, centre: number, out: GpuTensor): void {
  const count = elements(values.shape);
  recorder.dispatch({
    kernel: momentsKernel,
    constants: { STRIDE },
    bind: { values, moments: out },
    params: { count, centre },
    groups: [STRIDE / 64],
    work: { flop: 5 * count, bytes: 4 * count },
  });
}
