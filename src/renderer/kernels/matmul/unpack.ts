import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/unpack.wgsl?raw';
import { STORAGES, storageOf, type Matrix } from './weight.ts';

const kernel = defineKernel(
  'unpack',
  code,
  STORAGES.map((storage) => unpackConstants(storage)),
);

function unpackConstants(storage: (typeof STORAGES)[number]) {
  return { ...storage, TRANSPOSED: !storage.BLOCKS };
}

/**
 * Rows [first, first + rows) of a matrix [N, K] in its stored dtype, in f32, into out [rows, K].
 * @throws Error for rows that are no multiple of 4 values, or that are not there
 */
export function unpack(recorder: Recorder, matrix: Matrix, out: GpuTensor, first = 0): void {
  const [N, K] = matrix.shape;
  const rows = elements(out.shape) / K;
  if (K % 4 !== 0 || !Number.isInteger(rows) || first + rows > N || matrix.parts !== undefined)
    throw new Error(`unpack: rows from ${first} of [${N}, ${K}] into [${out.shape.join(', ')}].`);
  const { dtype, values, scales } = matrix;
  const blocks = Math.ceil((first + rows) / 4) - Math.floor(first / 4);
  recorder.dispatch({
    kernel,
    constants: unpackConstants(storageOf(dtype)),
    bind: { out, b: values, ...(scales && { scales }) },
    params: { N, K, first, rows },
    groups: [Math.ceil((blocks * (K / 4)) / 64)],
    split: 0,
    work: { flop: rows * K, bytes: 8 * rows * K },
  });
}
