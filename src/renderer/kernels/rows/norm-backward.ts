import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/norm-backward.wgsl?raw';
import { defineRowKernel, rowCall, rowMode, type RowMode } from './rows.ts';

const rowKernel = defineRowKernel('norm-backward', code, [{ CENTRED: true }, { CENTRED: false }]);

export interface NormBackwardCall {
  /** What the norm read, [..., D]. */
  readonly x: GpuTensor;
  /** [D] */
  readonly weight: GpuTensor;
  readonly epsilon: number;
  /** Layer norm; else RMS norm. */
  readonly centred: boolean;
  /** Added to the weights; 0 if left out. */
  readonly weightShift?: number;
  /** ∂y/∂(norm(x)), of x's shape. */
  readonly gradient: GpuTensor;
  /** ∂y/∂x, of x's shape; no buffer that is read. */
  readonly out: GpuTensor;
}

/** Derivatives by what a norm read, from those by what it gave, over the last axis. */
export function normBackward(recorder: Recorder, call: NormBackwardCall, mode?: RowMode): void {
  const { x, weight, epsilon, centred, weightShift = 0, gradient, out } = call;
  const count = elements(x.shape);
  const columns = x.shape.at(-1) ?? 1;
  const { kernel, constants, rows, width, groups } = rowCall(
    rowKernel,
    mode ?? rowMode(recorder.gpu.facts, count / columns, columns),
    [x, weight, gradient, out],
  );
  recorder.dispatch({
    kernel,
    constants: { ...constants, CENTRED: centred },
    label: centred ? 'layer norm backward' : 'RMS norm backward',
    bind: { x, weight, gradient, out },
    params: { rows, width, epsilon, weight_shift: weightShift },
    groups,
    split: 0,
    work: { flop: count * 16, bytes: count * 24 },
  });
}
