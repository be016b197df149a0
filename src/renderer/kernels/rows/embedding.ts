import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { Constants } from '../../gpu/shader.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/embedding.wgsl?raw';
import { asMatrix, partsOf, STORAGES, storageOf, type Matrix } from '../matmul/weight.ts';

const constantsOf = (storage: (typeof STORAGES)[number], POSITIONS: boolean): Constants => ({
  ...{ ...storage, FLOATS: !storage.HALF && !storage.BLOCKS, POSITIONS },
});

const kernel = defineKernel(
  'embedding',
  code,
  [false, true].flatMap((hasPositions) => STORAGES.map((storage) => constantsOf(storage, hasPositions))),
);

export interface EmbeddingCall {
  /** [T]; unsigned integers in the tensor's 4-byte elements, all below the table's rows. */
  readonly ids: GpuTensor;
  /** [V, D] */
  readonly table: GpuTensor | Matrix;
  /** [P, D], f32; left out: the tokens' rows alone. */
  readonly positions?: GpuTensor;
  /** Position of token 0; 0 if left out. */
  readonly first?: number;
  /** Multiplies the tokens' rows, not the positions; 1 if left out. */
  readonly scale?: number;
  /** [T, D] */
  readonly out: GpuTensor;
}

/** out[t] = scale · table[ids[t]] + positions[first + t]. The caller has checked ids and positions. */
export function embedding(
  recorder: Recorder,
  { ids, table, positions, first = 0, scale = 1, out }: EmbeddingCall,
): void {
  const matrix = 'dtype' in table ? table : asMatrix(table);
  const width = matrix.shape[1];
  const tokens = elements(ids.shape);
  let from = 0;
  for (const part of partsOf(matrix)) {
    recorder.dispatch({
      kernel,
      constants: constantsOf(storageOf(part.dtype), positions !== undefined),
      bind: {
        ...{ ids, table: part.values, out },
        ...(part.scales && { scales: part.scales }),
        ...(positions && { positions }),
      },
      params: { tokens, width, first, row_from: from, rows: part.shape[0], scale },
      groups: [Math.ceil((tokens * Math.ceil(width / 4)) / 64)],
      split: 0,
      work: { flop: tokens * width, bytes: tokens * width * 12 },
    });
    from += part.shape[0];
  }
}
