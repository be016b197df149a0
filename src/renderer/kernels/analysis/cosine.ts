/** Angles between rows and a vector. */
import cosineCode from '../../../shaders/cosine.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { asMatrix, partsOf, type Matrix } from '../matmul/weight.ts';

const cosineKernel = defineKernel('cosine', cosineCode);

/**
 * `cosines` [N]: of the angle between each row of `matrix` [N, D] and `vector` [D]; 0 where either is 0, NaN where
 * one holds NaN or an infinity.
 * @throws RangeError when the sizes differ.
 */
export function cosines(
  recorder: Recorder,
  matrix: GpuTensor | Matrix,
  vector: GpuTensor,
  target: GpuTensor,
): void {
  const whole = 'dtype' in matrix ? matrix : asMatrix(matrix);
  const [N, columns] = whole.shape;
  if (whole.dtype !== 'f32' || elements(vector.shape) !== columns || elements(target.shape) !== N)
    throw new RangeError(
      `cosines of ${whole.dtype} [${N}, ${columns}] with [${vector.shape.join(', ')}] into [${target.shape.join(', ')}]`,
    );
  let from = 0;
  for (const part of partsOf(whole)) {
    const [rows] = part.shape;
    recorder.dispatch({
      kernel: cosineKernel,
      bind: { matrix: part.values, vector, cosines: rowsOf(reshape(target, [N]), from, from + rows) },
      params: { rows, columns },
      groups: [Math.ceil(rows / 64)],
      split: 0,
      work: { flop: 6 * rows * columns, bytes: 4 * rows * columns },
    });
    from += rows;
  }
}
