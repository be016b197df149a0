/** Pictures of states over time: units as rows, steps as columns. */
import code from '../../../shaders/lanes.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

const kernel = defineKernel('lanes', code, [{ MEAN: true }, { MEAN: false }]);

export interface LanesCall {
  /** [T, H] */
  readonly x: GpuTensor;
  /** u32 [n]: the units that are shown, in the order of their rows; at most H. */
  readonly order: GpuTensor;
  /** [rows, columns]: at most n and T. */
  readonly cells: GpuTensor;
  /** What a cell shows of several values: their mean, or the one of largest size with its sign. */
  readonly pool: 'mean' | 'largest';
}

/**
 * Cell (i, j) becomes the mean, or the value of largest size, of the shown units ⌊i·n/rows⌋ … and steps ⌊j·T/columns⌋ ….
 * @throws RangeError for more cells than values.
 */
export function lanes(recorder: Recorder, { x, order, cells, pool }: LanesCall): void {
  const units = x.shape.at(-1) ?? 1;
  const steps = elements(x.shape) / units;
  const [rows = 1, columns = 1] = cells.shape;
  const shown = elements(order.shape);
  if (rows > shown || columns > steps || shown > units)
    throw new RangeError(`${shown} of ${units} units × ${steps} steps in ${rows} × ${columns} cells`);
  recorder.dispatch({
    kernel,
    constants: { MEAN: pool === 'mean' },
    bind: { x, order, cells },
    params: { steps, units, shown, rows, columns },
    groups: [Math.ceil((rows * columns) / 64)],
    split: 0,
    work: { flop: shown * steps, bytes: 4 * (shown * steps + rows * columns) },
  });
}
