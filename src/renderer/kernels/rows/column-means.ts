/** Means of columns, and matrices without them. */
import centreCode from '../../../shaders/centre.wgsl?raw';
import meansCode from '../../../shaders/column-means.wgsl?raw';
import sumsCode from '../../../shaders/column-sums.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

/** Rows that one thread sums. */
const ROWS = 64;

const sumsKernel = defineKernel('column-sums', sumsCode, [{ ROWS }]);
const meansKernel = defineKernel('column-means', meansCode);
const centreKernel = defineKernel('centre', centreCode);

/** Rows and columns of a tensor whose last axis is the columns. */
export function matrixSize(tensor: GpuTensor): { readonly rows: number; readonly columns: number } {
  const columns = tensor.shape.at(-1) ?? 1;
  return { columns, rows: elements(tensor.shape) / columns };
}

/**
 * Means of the columns of matrices [Nᵢ, D] that are taken as one, into `means` [D].
 * @throws RangeError when their widths differ.
 */
export function columnMeans(recorder: Recorder, parts: readonly GpuTensor[], means: GpuTensor): void {
  const columns = elements(means.shape);
  const sizes = parts.map(matrixSize);
  if (sizes.some((size) => size.columns !== columns))
    throw new RangeError(
      `column means of ${sizes.map((size) => size.columns).join(', ')} columns into ${columns}`,
    );
  const chunks = sizes.map(({ rows }) => Math.ceil(rows / ROWS));
  const total = chunks.reduce((sum, count) => sum + count, 0);
  const sums = recorder.temp([total, columns], 'column sums');
  let from = 0;
  parts.forEach((source, index) => {
    const rows = sizes[index]?.rows ?? 0;
    recorder.dispatch({
      kernel: sumsKernel,
      constants: { ROWS },
      bind: { source, sums },
      params: { rows, columns, chunk_from: from },
      groups: [Math.ceil(columns / 64), chunks[index] ?? 0],
      split: 1,
    });
    from += chunks[index] ?? 0;
  });
  recorder.dispatch({
    kernel: meansKernel,
    bind: { sums, means },
    params: { chunks: total, columns, rows: sizes.reduce((sum, { rows }) => sum + rows, 0) },
    groups: [Math.ceil(columns / 64)],
  });
  recorder.free(sums);
}

/** Rounded up to a multiple of 8, the tile of `gram`. */
export function padded(count: number): number {
  return Math.ceil(count / 8) * 8;
}

/**
 * Matrices [Nᵢ, D] less their columns' means, one below the other, into `centred`: both sides padded to multiples of 8
 * with zeros.
 */
export function centre(
  recorder: Recorder,
  parts: readonly GpuTensor[],
  means: GpuTensor,
  centred: GpuTensor,
): void {
  const { rows: allRows, columns: columnsPadded } = matrixSize(centred);
  let from = 0;
  parts.forEach((source, index) => {
    const { rows, columns } = matrixSize(source);
    const rowsPadded = index === parts.length - 1 ? allRows - from : rows;
    recorder.dispatch({
      kernel: centreKernel,
      bind: { source, means, centred },
      params: { rows, columns, row_from: from, rows_padded: rowsPadded, columns_padded: columnsPadded },
      groups: [Math.ceil(columnsPadded / 64), rowsPadded],
      split: 1,
    });
    from += rows;
  });
}
