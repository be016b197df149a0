/** Pools rectangles of values to the resolution of the screen. */
import poolCode from '../../../shaders/pool.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';

const poolKernel = defineKernel('pool', poolCode, [{ MAX: true }, { MAX: false }]);

export interface Pooling {
  /** [count, rows of the cells, columns] */
  readonly source: GpuTensor;
  /** Rows and columns of the whole rectangle. */
  readonly rectangle: readonly [number, number];
  /** Cells of the whole rectangle; at most its rows and columns. */
  readonly size: { readonly height: number; readonly width: number; readonly pool: 'max' | 'mean' };
  /** Rows of cells [from, to) that the source holds the rows of. */
  readonly cells: readonly [number, number];
  /** [count, height, width] from the first of these rows of cells on. */
  readonly target: GpuTensor;
}

/**
 * Cell (i, j) of the target becomes the largest or the mean of source rows [⌊i·R/height⌋, ⌊(i+1)·R/height⌋) and columns
 * likewise.
 */
export function pool(recorder: Recorder, { source, rectangle, size, cells, target }: Pooling): void {
  const [count = 1, sourceRows = 1] = source.shape;
  const rows = cells[1] - cells[0];
  recorder.dispatch({
    kernel: poolKernel,
    constants: { MAX: size.pool === 'max' },
    // The last rectangle ends with its last row of cells, the target's shape may reach further.
    bind: {
      source,
      pooled: { ...target, shape: [(count - 1) * size.height * size.width + rows * size.width] },
    },
    params: {
      source_height: rectangle[0],
      source_width: rectangle[1],
      height: size.height,
      width: size.width,
      row_from: cells[0],
      rows,
      source_rows: sourceRows,
      pooled_stride: size.height * size.width,
    },
    groups: [Math.ceil(size.width / 8), Math.ceil(rows / 8), count],
    split: 2,
  });
}
