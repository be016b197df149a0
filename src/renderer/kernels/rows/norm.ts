import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/norm.wgsl?raw';
import { defineRowKernel, rowCall, rowMode, type RowMode } from './rows.ts';

const rowKernel = defineRowKernel('norm', code, [{ CENTRED: true }, { CENTRED: false }]);

interface NormCall {
  /** [..., D] */
  readonly x: GpuTensor;
  /** [D] */
  readonly weight: GpuTensor;
  /** Of x's shape; no buffer that is read. */
  readonly out: GpuTensor;
  readonly epsilon: number;
}

export interface LayerNormCall extends NormCall {
  /** [D] */
  readonly bias: GpuTensor;
}

export interface RmsNormCall extends NormCall {
  /** Added to the weights: 1 for models that store weight − 1 (Gemma); 0 if left out. */
  readonly weightShift?: number;
}

/** out = (x − mean) / √(variance + epsilon) · weight + bias over the last axis, the variance divided by D. */
export function layerNorm(recorder: Recorder, call: LayerNormCall, mode?: RowMode): void {
  norm(recorder, call, call.bias, 0, mode);
}

/** out = x / √(mean of squares + epsilon) · (weight + weightShift) over the last axis. */
export function rmsNorm(recorder: Recorder, call: RmsNormCall, mode?: RowMode): void {
  norm(recorder, call, null, call.weightShift ?? 0, mode);
}

function norm(
  recorder: Recorder,
  { x, weight, out, epsilon }: NormCall,
  bias: GpuTensor | null,
  weightShift: number,
  mode: RowMode | undefined,
): void {
  const count = elements(x.shape);
  const columns = x.shape.at(-1) ?? 1;
  const tensors = [x, weight, out, ...(bias === null ? [] : [bias])];
  const { kernel, constants, rows, width, groups } = rowCall(
    rowKernel,
    mode ?? rowMode(recorder.gpu.facts, count / columns, columns),
    tensors,
  );
  recorder.dispatch({
    kernel,
    constants: { ...constants, CENTRED: bias !== null },
    label: bias === null ? 'RMS norm' : 'layer norm',
    bind: { x, weight, out, ...(bias !== null && { bias }) },
    params: { rows, width, epsilon, weight_shift: weightShift },
    groups,
    split: 0,
    work: { flop: count * 8, bytes: count * 8 },
  });
}
