/** The largest values of each row. */
import mergeCode from '../../../shaders/topk-merge.wgsl?raw';
import partialCode from '../../../shaders/topk-partial.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

/** Threads that share a row. */
const LISTS = 64;
/** How many values a thread can keep. */
const CAPACITIES = [8, 32, 128] as const;

const partialKernel = defineKernel(
  'topk-partial',
  partialCode,
  CAPACITIES.map((MOST) => ({ LISTS, MOST })),
);
const mergeKernel = defineKernel('topk-merge', mergeCode, [{ LISTS }]);

/** The largest k that can be asked for. */
export const MOST_K = CAPACITIES[2];

/**
 * The k largest values of each row of `values` [R, V], best first, exact; among equal values the lower column comes
 * first. `target` [R, k, 3] gets the column (an exact integer), the value, and its share of the row's softmax.
 * @throws RangeError for a k that is not in 1 … min(V, 128), or a target of another size.
 */
export function topK(recorder: Recorder, values: GpuTensor, k: number, target: GpuTensor): void {
  const columns = values.shape.at(-1) ?? 1;
  const rows = elements(values.shape) / columns;
  const capacity = CAPACITIES.find((most) => k <= most);
  if (!(k >= 1 && k <= columns) || capacity === undefined)
    throw new RangeError(`the ${k} largest of ${columns} values`);
  if (elements(target.shape) !== rows * k * 3)
    throw new RangeError(`the ${k} largest of ${rows} rows into [${target.shape.join(', ')}]`);
  const partial = recorder.temp([rows, LISTS, 2 + 2 * k], 'largest values');
  recorder.dispatch({
    kernel: partialKernel,
    constants: { LISTS, MOST: capacity },
    bind: { values, partial },
    params: { rows, columns, k },
    groups: [rows],
    split: 0,
    work: { flop: 8 * rows * columns, bytes: 4 * rows * columns },
  });
  recorder.dispatch({
    kernel: mergeKernel,
    constants: { LISTS },
    bind: { partial, merged: target },
    params: { rows, columns, k },
    groups: [Math.ceil(rows / 16)],
  });
  recorder.free(partial);
}
