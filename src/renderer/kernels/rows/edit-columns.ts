import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/edit-columns.wgsl?raw';
import { matrixSize } from './column-means.ts';

const kernel = defineKernel('edit-columns', code, [{ MEANS: false }, { MEANS: true }]);

export interface ColumnEdit {
  /** Columns [from, to). */
  readonly columns: readonly [from: number, to: number];
  readonly factor: number;
  /** Of all columns, [D]; added after scaling. */
  readonly means?: GpuTensor;
}

/** Some columns of x [T, D], in place: x ← factor · x + means. */
export function editColumns(recorder: Recorder, x: GpuTensor, { columns, factor, means }: ColumnEdit): void {
  const size = matrixSize(x);
  const count = columns[1] - columns[0];
  if (!(columns[0] >= 0 && count > 0 && columns[1] <= size.columns))
    throw new RangeError(`columns ${columns.join(' to ')} of ${size.columns}`);
  recorder.dispatch({
    kernel,
    constants: { MEANS: means !== undefined },
    bind: { x, ...(means && { means }) },
    params: { ...size, column_from: columns[0], count, factor },
    groups: [Math.ceil((size.rows * count) / 64)],
    split: 0,
  });
}
