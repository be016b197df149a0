import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/soft-cap.wgsl?raw';

const kernel = defineKernel('soft-cap', code);

/** x = cap · tanh(x / cap), in place: what keeps Gemma 2's logits within ±cap. */
export function softCap(recorder: Recorder, x: GpuTensor, cap: number): void {
  const count = elements(x.shape);
  recorder.dispatch({
    kernel,
    bind: { x },
    params: { count, cap },
    groups: [Math.ceil(count / 256)],
    split: 0,
    work: { flop: 20 * count, bytes: 8 * count },
  });
}
