import { defineKernel } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
import code from '../../shaders/softmax.wgsl?raw';

const PER_ROW = { WORKGROUP: false, LANES: 1 };
const PER_WORKGROUP = { WORKGROUP: true, LANES: 128 };
const kernel = defineKernel('softmax', code, [PER_ROW, PER_WORKGROUP]);

/**
 * out = softmax(x) over the last axis; a row of nothing but −∞ becomes zeros.
 * @param out of x's shape; no buffer that is read
 */
export function softmax(recorder: Recorder, x: GpuTensor, out: GpuTensor): void {
  const width = x.shape.at(-1) ?? 1;
  const rows = elements(x.shape) / width;
  const perRow = recorder.gpu.facts.isSoftware;
  recorder.dispatch({
    kernel,
    constants: perRow ? PER_ROW : PER_WORKGROUP,
    bind: { x, out },
    params: { rows, width },
    groups: [perRow ? Math.ceil(rows / 64) : rows],
    split: 0,
    work: { flop: rows * width * 10, bytes: rows * width * 8 },
  });
}
