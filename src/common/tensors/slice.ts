/** A rectangle of a tensor's last two axes, at the resolution that it is looked at. */
import type { TensorInfo } from '../contract.ts';
import { readValues, type ReadBytes } from './values.ts';

/** Rows and columns [from, to) of one slice. */
export interface Rectangle {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Means of the values that fall into each cell. */
export interface PooledSlice {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns]; NaN where a cell holds a value that is not finite. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Values that are read at once. */
const PIECE = 2 ** 20;

/** Rows and columns of the last two axes (a vector is one row), and how many such slices there are. */
export function sliceShape({ shape }: Pick<TensorInfo, 'shape'>): {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
} {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? (shape.at(-2) ?? 1) : 1;
  return { slices: shape.slice(0, -2).reduce((product, size) => product * size, 1), rows, columns };
}

/**
 * @param slice which of the leading axes' slices
 * @param most cells along a side
 * @throws RangeError for a rectangle outside; as `readValues`
 */
export async function pooledSlice(
  read: ReadBytes,
  tensor: TensorInfo,
  slice: number,
  { top, bottom, left, right }: Rectangle,
  most: number,
  signal: AbortSignal,
): Promise<PooledSlice> {
  const shape = sliceShape(tensor);
  const isInside =
    top >= 0 && top < bottom && bottom <= shape.rows && left >= 0 && left < right && right <= shape.columns;
  if (!isInside || !(slice >= 0 && slice < shape.slices))
    throw new RangeError(`No rows ${top} to ${bottom} and columns ${left} to ${right} in slice ${slice}.`);
  const rows = Math.min(bottom - top, most);
  const columns = Math.min(right - left, most);
  const sums = new Float64Array(rows * columns);
  const counts = new Uint32Array(rows * columns);
  const step = Math.max(1, Math.floor(PIECE / shape.columns));
  for (let from = top; from < bottom; from += step) {
    const to = Math.min(from + step, bottom);
    const begin = (slice * shape.rows + from) * shape.columns;
    const values = await readValues(read, tensor, [begin, begin + (to - from) * shape.columns], signal);
    for (let row = from; row < to; row++) {
      const cell = Math.floor(((row - top) * rows) / (bottom - top)) * columns;
      const line = (row - from) * shape.columns;
      for (let column = left; column < right; column++) {
        const at = cell + Math.floor(((column - left) * columns) / (right - left));
        sums[at] = (sums[at] ?? 0) + (values[line + column] ?? 0);
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
  }
  const means = Float32Array.from(sums, (sum, at) => {
    const mean = sum / (counts[at] ?? 1);
    return Number.isFinite(mean) ? mean : NaN;
  });
  return { rows, columns, values: means };
}
