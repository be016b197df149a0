import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/elementwise.wgsl?raw';

const kernel = defineKernel('elementwise', code, [{ MULTIPLY: false }, { MULTIPLY: true }]);

/** out = x + y, element by element; out is no buffer that is read. */
export function add(recorder: Recorder, x: GpuTensor, y: GpuTensor, out: GpuTensor): void {
  elementwise(recorder, { x, y, out }, false);
}

/** out = x ⊙ y, element by element; out is no buffer that is read. */
export function multiply(recorder: Recorder, x: GpuTensor, y: GpuTensor, out: GpuTensor): void {
  elementwise(recorder, { x, y, out }, true);
}

function elementwise(
  recorder: Recorder,
  bind: { readonly x: GpuTensor; readonly y: GpuTensor; readonly out: GpuTensor },
  MULTIPLY: boolean,
): void {
  const count = elements(bind.x.shape);
  if (elements(bind.y.shape) !== count || elements(bind.out.shape) !== count)
    throw new Error('elementwise: the tensors differ in size.');
  recorder.dispatch({
    kernel,
    constants: { MULTIPLY },
    label: MULTIPLY ? 'multiply' : 'add',
    bind,
    params: { count },
    groups: [Math.ceil(count / 256)],
    split: 0,
    work: { flop: count, bytes: count * 12 },
  });
}
