/** How values are spread. */
import extentCode from '../../../shaders/extent.wgsl?raw';
import histogramCode from '../../../shaders/histogram.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

/** Threads that share the values. */
export const STRIDE = 2048;

const extentKernel = defineKernel('extent', extentCode, [{ STRIDE }]);
const histogramKernel = defineKernel('histogram', histogramCode, [{ STRIDE }]);

/** Least and largest finite value that each of 2,048 threads meets, into `extents` [2048, 2]; ±3.4e38 for none. */
export function extent(recorder: Recorder, values: GpuTensor, extents: GpuTensor): void {
  recorder.dispatch({
    kernel: extentKernel,
    constants: { STRIDE },
    bind: { values, extents },
    params: { count: elements(values.shape) },
    groups: [STRIDE / 64],
    work: { flop: 2 * elements(values.shape), bytes: 4 * elements(values.shape) },
  });
}

/**
 * Adds to `counts` [bins + 3], 32-bit integers that the caller set to 0: values by bins of equal width over [low, high]
 * (the last includes `high`), then those below, those above, and those that are no number.
 * @throws RangeError for an empty range.
 */
export function histogram(
  recorder: Recorder,
  values: GpuTensor,
  [low, high]: readonly [number, number],
  counts: GpuTensor,
): void {
  const bins = elements(counts.shape) - 3;
  if (!(low < high) || bins < 1) throw new RangeError(`${bins} bins over ${low} to ${high}`);
  recorder.dispatch({
    kernel: histogramKernel,
    constants: { STRIDE },
    bind: { values, counts },
    params: { count: elements(values.shape), bins, low, high },
    groups: [STRIDE / 64],
    work: { flop: 4 * elements(values.shape), bytes: 4 * elements(values.shape) },
  });
}
