/** Angles between rows and a vector. */
import cosineCode from '../../../shaders/cosine.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { matrixSize } from '../rows/column-means.ts';

const cosineKernel = defineKernel('cosine', cosineCode);

/**
 * `cosines` [N]: of the angle between each row of `matrix` [N, D] and `vector` [D]; 0 where either is 0.
 * @throws RangeError when the sizes differ.
 */
export function cosines(recorder: Recorder, matrix: GpuTensor, vector: GpuTensor, target: GpuTensor): void {
  const { rows, columns } = matrixSize(matrix);
  if (elements(vector.shape) !== columns || elements(target.shape) !== rows)
    throw new RangeError(
      `cosines of [${rows}, ${columns}] with [${vector.shape.join(', ')}] into [${target.shape.join(', ')}]`,
    );
  recorder.dispatch({
    kernel: cosineKernel,
    bind: { matrix, vector, cosines: target },
    params: { rows, columns },
    groups: [Math.ceil(rows / 64)],
    split: 0,
    work: { flop: 6 * rows * columns, bytes: 4 * rows * columns },
  });
}
