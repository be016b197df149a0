/** The three directions in which rows vary most, and the rows' places along them. */
import type { Gpu } from '../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { centre, columnMeans, matrixSize, padded } from '../kernels/rows/column-means.ts';
import { gram } from '../kernels/analysis/gram.ts';
import { combineRows, normalizeAxes, project } from '../kernels/analysis/projection.ts';
import {
  BLOCK,
  orthonormalize,
  QUOTIENTS,
  rayleigh,
  rotate,
  symmetricProduct,
} from '../kernels/analysis/subspace.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Components that are looked for. */
const COMPONENTS = 3;
/** Rounds of subspace iteration; an unwanted direction fades by (its variance / the wanted one's) each round. */
const ROUNDS = 32;
/** Directions with less than this share of the largest variance are rounding errors, and become 0. */
const LEAST_SHARE = 1e-6;
/** Rows that differ by less than this part of their mean are equal up to rounding. */
const LEAST_SPREAD = 1e-6;

export interface Pca {
  /** [N, 3]: places of the rows, in the order of the parts. */
  readonly points: GpuTensor;
  /** Share of the total variance along each axis; 0 where the rows vary in fewer directions. */
  readonly explained: readonly [number, number, number];
  /** [D] */
  readonly means: GpuTensor;
  /** [D, 4]: the axes in the first three columns, each with its largest entry positive; the fourth is 0. */
  readonly axes: GpuTensor;
  /** Gives the tensors back. */
  release(): void;
}

/**
 * Principal components of the rows of matrices [Nᵢ, D], taken as one (all tokens of all layers, say). Everything but an
 * 8 × 8 eigenproblem happens on the GPU, and the same rows give the same result. Fewer than 3 directions (N ≤ 3, D < 3,
 * constant columns) leave the others 0.
 * @throws RangeError for no rows or rows of different widths; the signal's reason when aborted.
 */
export async function pca(gpu: Gpu, parts: readonly GpuTensor[], signal?: AbortSignal): Promise<Pca> {
  const sizes = parts.map(matrixSize);
  const rows = sizes.reduce((sum, size) => sum + size.rows, 0);
  const columns = sizes[0]?.columns ?? 0;
  if (rows === 0 || columns === 0 || sizes.some((size) => size.columns !== columns))
    throw new RangeError(
      `principal components of [${sizes.map((size) => `${size.rows} × ${size.columns}`).join(', ')}]`,
    );
  const result = {
    points: gpu.tensor([rows, COMPONENTS], 'principal components: points'),
    means: gpu.tensor([columns], 'principal components: means'),
    axes: gpu.tensor([padded(columns), 4], 'principal components: axes'),
  };
  const release = () => Object.values(result).forEach((tensor) => gpu.release(tensor));
  try {
    const explained = await components(gpu, parts, rows, result, signal);
    await gpu.submit(
      'principal components: points',
      (recorder) => {
        let from = 0;
        parts.forEach((part, index) => {
          const to = from + (sizes[index]?.rows ?? 0);
          project(recorder, part, result.means, result.axes, rowsOf(result.points, from, to));
          from = to;
        });
      },
      { signal },
    );
    return { ...result, explained, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Finds means and axes; answers with the shares of the variance. */
async function components(
  gpu: Gpu,
  parts: readonly GpuTensor[],
  rows: number,
  { means, axes }: { readonly means: GpuTensor; readonly axes: GpuTensor },
  signal: AbortSignal | undefined,
): Promise<[number, number, number]> {
  const height = padded(rows);
  const width = matrixSize(axes).rows;
  const of = width <= height ? 'columns' : 'rows';
  const side = Math.min(width, height);
  const scratch = (shape: readonly number[], label: string) =>
    gpu.tensor(shape, `principal components: ${label}`, 'scratch');
  const held = [
    scratch([height, width], 'rows'),
    scratch([side, BLOCK], 'vectors'),
    scratch([QUOTIENTS], 'quotients'),
    scratch([COMPONENTS, BLOCK], 'rotation'),
  ] as const;
  const [centred, vectors, quotients, rotation] = held;
  try {
    gpu.upload(vectors, startVectors(side));
    await gpu.submit(
      'principal components',
      (recorder) => {
        columnMeans(recorder, parts, means);
        centre(recorder, parts, means, centred);
        const matrix = recorder.temp([side, side], 'principal components: inner products');
        gram(recorder, centred, of, matrix);
        const other = recorder.temp([side, BLOCK], 'principal components: product');
        orthonormalize(recorder, vectors);
        for (let round = 0; round < ROUNDS; round += 2)
          for (const [from, to] of [
            [vectors, other],
            [other, vectors],
          ] as const) {
            symmetricProduct(recorder, matrix, from, to);
            orthonormalize(recorder, to);
          }
        symmetricProduct(recorder, matrix, vectors, other);
        rayleigh(recorder, matrix, vectors, other, quotients);
      },
      { signal },
    );
    const [values, centreOfAll] = await Promise.all([gpu.read(quotients, signal), gpu.read(means, signal)]);
    const square = centreOfAll.reduce((sum, value) => sum + value * value, 0);
    const { explained, directions } = leading(values, rows * square * LEAST_SPREAD ** 2);
    gpu.upload(rotation, directions);
    await gpu.submit(
      'principal components: axes',
      (recorder) => {
        if (of === 'columns') rotate(recorder, vectors, rotation, axes);
        else {
          const rotated = recorder.temp([side, 4], 'principal components: rotated');
          rotate(recorder, vectors, rotation, rotated);
          combineRows(recorder, centred, rotated, axes);
        }
        normalizeAxes(recorder, axes);
      },
      { signal },
    );
    return explained;
  } finally {
    held.forEach((tensor) => gpu.release(tensor));
  }
}

/**
 * The leading eigenpairs of the quotients: the shares of the trace, and the directions [3, 8] in the block; all 0 when
 * the trace is not above `least`.
 */
function leading(
  quotients: Float32Array,
  least: number,
): {
  explained: [number, number, number];
  directions: Float32Array<ArrayBuffer>;
} {
  const trace = quotients[BLOCK * BLOCK] ?? 0;
  const { values, vectors } = symmetricEigen(quotients, BLOCK);
  const explained: [number, number, number] = [0, 0, 0];
  const directions = new Float32Array(COMPONENTS * BLOCK);
  for (let k = 0; k < COMPONENTS; k++) {
    const value = values[k] ?? 0;
    if (!(value > LEAST_SHARE * (values[0] ?? 0)) || !(trace > least)) break;
    explained[k] = Math.min(1, value / trace);
    directions.set(vectors[k] ?? [], k * BLOCK);
  }
  return { explained, directions };
}

/** Where the iteration begins: the same pseudo-random numbers every time. */
function startVectors(side: number): Float32Array<ArrayBuffer> {
  let state = 1;
  return Float32Array.from({ length: side * BLOCK }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
