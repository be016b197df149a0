/** Axes as weighted sums of rows, and places of rows along axes. */
import axesCode from '../../../shaders/axes.wgsl?raw';
import combineCode from '../../../shaders/combine-rows.wgsl?raw';
import projectCode from '../../../shaders/project.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { matrixSize } from '../rows/column-means.ts';

const combineKernel = defineKernel('combine-rows', combineCode);
const axesKernel = defineKernel('axes', axesCode);
const projectKernel = defineKernel('project', projectCode);

/** `combined` [D, 4] = `matrix` [N, D]ᵀ · `weights` [N, 4]. */
export function combineRows(
  recorder: Recorder,
  matrix: GpuTensor,
  weights: GpuTensor,
  combined: GpuTensor,
): void {
  const { rows, columns } = matrixSize(matrix);
  recorder.dispatch({
    kernel: combineKernel,
    bind: { matrix, weights, combined },
    params: { rows, columns },
    groups: [Math.ceil(columns / 64)],
    work: { flop: 8 * rows * columns, bytes: 4 * rows * columns },
  });
}

/** Gives 3 axes [D, 4] length 1, and the sign that makes the largest entry of each positive; 0 stays 0. */
export function normalizeAxes(recorder: Recorder, axes: GpuTensor): void {
  const { rows: columns } = matrixSize(axes);
  recorder.dispatch({ kernel: axesKernel, bind: { axes }, params: { columns }, groups: [1] });
}

/** `points` [N, 3]: places of the rows of `source` [N, D], less `means` [D], along `axes` [D, 4]. */
export function project(
  recorder: Recorder,
  source: GpuTensor,
  means: GpuTensor,
  axes: GpuTensor,
  points: GpuTensor,
): void {
  const { rows, columns } = matrixSize(source);
  recorder.dispatch({
    kernel: projectKernel,
    bind: { source, means, axes, points },
    params: { rows, columns },
    groups: [Math.ceil(rows / 64)],
    split: 0,
    work: { flop: 8 * rows * columns, bytes: 4 * rows * columns },
  });
}
