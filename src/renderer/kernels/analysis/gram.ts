/** Inner products of all columns, or of all rows, of a matrix. */
import gramCode from '../../../shaders/gram.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { matrixSize } from '../rows/column-means.ts';

const gramKernel = defineKernel('gram', gramCode, [{ COLUMNS: true }, { COLUMNS: false }]);

/**
 * XᵀX [D, D] (`columns`) or XXᵀ [N, N] (`rows`) of a matrix [N, D] whose sides are multiples of 8.
 * @throws RangeError for other sides, or a target of another size.
 */
export function gram(recorder: Recorder, matrix: GpuTensor, of: 'columns' | 'rows', target: GpuTensor): void {
  const { rows, columns } = matrixSize(matrix);
  const side = of === 'columns' ? columns : rows;
  if (rows % 8 !== 0 || columns % 8 !== 0 || elements(target.shape) !== side * side)
    throw new RangeError(
      `inner products of ${of} of [${rows}, ${columns}] into [${target.shape.join(', ')}]`,
    );
  recorder.dispatch({
    kernel: gramKernel,
    constants: { COLUMNS: of === 'columns' },
    bind: { matrix, gram: target },
    params: { rows, parts: columns / 4, side },
    groups: [Math.ceil(side / 32), Math.ceil(side / 32)],
    split: 1,
    work: { flop: rows * columns * side, bytes: 4 * (rows * columns + side * side) },
  });
}
