import { defineKernel } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
import code from '../../shaders/multiply.wgsl?raw';

const kernel = defineKernel('multiply', code);

/** out = x ⊙ y, element by element; out is no buffer that is read. */
export function multiply(recorder: Recorder, x: GpuTensor, y: GpuTensor, out: GpuTensor): void {
  const count = elements(x.shape);
  if (elements(y.shape) !== count || elements(out.shape) !== count)
    throw new Error('multiply: the tensors differ in size.');
  recorder.dispatch({
    kernel,
    bind: { x, y, out },
    params: { count },
    groups: [Math.ceil(count / 256)],
    split: 0,
    work: { flop: count, bytes: count * 12 },
  });
}
