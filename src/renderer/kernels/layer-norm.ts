import { defineKernel } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
import code from '../../shaders/layer-norm.wgsl?raw';

const PER_ROW = { WORKGROUP: false, LANES: 1 };
const PER_WORKGROUP = { WORKGROUP: true, LANES: 128 };
const kernel = defineKernel('layer-norm', code, [PER_ROW, PER_WORKGROUP]);

export interface LayerNormCall {
  /** [..., D] */
  readonly x: GpuTensor;
  /** [D] */
  readonly weight: GpuTensor;
  /** [D] */
  readonly bias: GpuTensor;
  /** Of x's shape; no buffer that is read. */
  readonly out: GpuTensor;
  readonly epsilon: number;
}

/** out = (x − mean) / √(variance + epsilon) · weight + bias over the last axis, the variance divided by D. */
export function layerNorm(recorder: Recorder, { x, weight, bias, out, epsilon }: LayerNormCall): void {
  const width = x.shape.at(-1) ?? 1;
  const rows = elements(x.shape) / width;
  const perRow = recorder.gpu.facts.isSoftware;
  recorder.dispatch({
    kernel,
    constants: perRow ? PER_ROW : PER_WORKGROUP,
    bind: { x, weight, bias, out },
    params: { rows, width, epsilon },
    groups: [perRow ? Math.ceil(rows / 64) : rows],
    split: 0,
    work: { flop: rows * width * 8, bytes: rows * width * 8 },
  });
}
