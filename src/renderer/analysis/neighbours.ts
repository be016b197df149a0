/** Rows that point the same way. */
import type { Gpu } from '../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { matrixSize } from '../kernels/rows/column-means.ts';
import { cosines } from '../kernels/analysis/cosine.ts';
import { MOST_K, topK } from '../kernels/analysis/topk.ts';

export interface Neighbour {
  readonly row: number;
  readonly cosine: number;
}

/**
 * The k rows of `matrix` [N, D] with the largest cosine to one of its rows, which is left out; best first, among equals
 * the lower row. At most N − 1, and at most 127.
 * @throws RangeError for a row outside the matrix; the signal's reason when aborted.
 */
export async function neighbours(
  gpu: Gpu,
  matrix: GpuTensor,
  row: number,
  k: number,
  signal?: AbortSignal,
): Promise<Neighbour[]> {
  const { rows, columns } = matrixSize(matrix);
  if (!(row >= 0 && row < rows)) throw new RangeError(`row ${row} of ${rows}`);
  const flat = { ...matrix, shape: [rows, columns] };
  // One more, since the row itself is among them.
  const count = Math.min(k + 1, rows, MOST_K);
  const found = gpu.tensor([count, 3], 'neighbours', 'scratch');
  try {
    await gpu.submit(
      'neighbours',
      (recorder) => {
        const all = recorder.temp([1, rows], 'cosines');
        cosines(recorder, flat, rowsOf(flat, row, row + 1), all);
        topK(recorder, all, count, found);
      },
      { signal },
    );
    const values = await gpu.read(found, signal);
    return Array.from({ length: count }, (_, i) => ({
      row: values[i * 3] ?? 0,
      cosine: values[i * 3 + 1] ?? 0,
    }))
      .filter((neighbour) => neighbour.row !== row)
      .slice(0, k);
  } finally {
    gpu.release(found);
  }
}
