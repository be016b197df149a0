/**
 * The leading eigenvectors of a symmetric matrix, by block subspace iteration: 8 vectors are multiplied and made
 * orthonormal again and again; what is left is an 8 × 8 eigenproblem.
 */
import orthonormalizeCode from '../../../shaders/orthonormalize.wgsl?raw';
import rayleighCode from '../../../shaders/rayleigh.wgsl?raw';
import rotateCode from '../../../shaders/rotate.wgsl?raw';
import productCode from '../../../shaders/symmetric-product.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { matrixSize } from '../rows/column-means.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';

/** Rows per thread: several where a load costs as much as the arithmetic, one where threads are many. */
const SOFTWARE_PRODUCT = { ROWS: 4, THREADS: 16 };
const GPU_PRODUCT = { ROWS: 1, THREADS: 64 };

const productKernel = defineKernel('symmetric-product', productCode, [SOFTWARE_PRODUCT, GPU_PRODUCT]);
/** Threads of the one workgroup that makes vectors orthonormal: few where each waits for all others at a price. */
const SOFTWARE_THREADS = { THREADS: 16 };
const GPU_THREADS = { THREADS: 256 };

const orthonormalizeKernel = defineKernel('orthonormalize', orthonormalizeCode, [
  SOFTWARE_THREADS,
  GPU_THREADS,
]);
const rayleighKernel = defineKernel('rayleigh', rayleighCode);
const rotateKernel = defineKernel('rotate', rotateCode);

/** Vectors of the block. */
export const BLOCK = 8;
/** Values that `rayleigh` writes: 8 × 8 quotients and the trace. */
export const QUOTIENTS = BLOCK * BLOCK + 1;

/** `product` [m, 8] = a symmetric `matrix` [m, m] · `vectors` [m, 8]; m a multiple of 4. */
export function symmetricProduct(
  recorder: Recorder,
  matrix: GpuTensor,
  vectors: GpuTensor,
  product: GpuTensor,
  isSoftware = recorder.gpu.facts.isSoftware,
): void {
  const { rows: side } = matrixSize(matrix);
  const constants = isSoftware ? SOFTWARE_PRODUCT : GPU_PRODUCT;
  recorder.dispatch({
    kernel: productKernel,
    constants,
    bind: { gram: matrix, vectors, product },
    params: { side },
    groups: [Math.ceil(side / (constants.ROWS * constants.THREADS))],
    split: 0,
    work: { flop: 2 * side * side * BLOCK, bytes: 4 * side * side },
  });
}

/** Gram-Schmidt in place over `vectors` [m, 8]; a vector that depends on those before it becomes 0. */
export function orthonormalize(
  recorder: Recorder,
  vectors: GpuTensor,
  isSoftware = recorder.gpu.facts.isSoftware,
): void {
  const { rows: side } = matrixSize(vectors);
  recorder.dispatch({
    kernel: orthonormalizeKernel,
    constants: isSoftware ? SOFTWARE_THREADS : GPU_THREADS,
    bind: { vectors },
    params: { side },
    groups: [1],
    work: { flop: 300 * side * BLOCK, bytes: 4 * side * BLOCK },
  });
}

/** `quotients` [65]: vectorsᵀ·product [8, 8] and the trace of `matrix` [m, m]. */
export function rayleigh(
  recorder: Recorder,
  matrix: GpuTensor,
  vectors: GpuTensor,
  product: GpuTensor,
  quotients: GpuTensor,
): void {
  const { rows: side } = matrixSize(matrix);
  recorder.dispatch({
    kernel: rayleighKernel,
    bind: { gram: matrix, vectors, product, quotients },
    params: { side },
    groups: [1],
    work: { flop: 2 * side * QUOTIENTS, bytes: 8 * side * BLOCK },
  });
}

/** `rotated` [m, 4] = `vectors` [m, 8] · `rotation` [3, 8]ᵀ; the fourth column is 0. */
export function rotate(
  recorder: Recorder,
  vectors: GpuTensor,
  rotation: GpuTensor,
  rotated: GpuTensor,
): void {
  const { rows: side } = matrixSize(vectors);
  recorder.dispatch({
    kernel: rotateKernel,
    bind: { vectors, rotation, rotated },
    params: { side },
    groups: [Math.ceil(side / 64)],
  });
}
