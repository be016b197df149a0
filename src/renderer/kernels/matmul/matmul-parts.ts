/** Products with weights that lie in pieces: several buffers, or rows that are unpacked one after another. */
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { add } from '../rows/elementwise.ts';
import { joinColumns, takeColumns } from '../rows/copy-columns.ts';
import type { MatmulCall } from './matmul-call.ts';
import type { Matrix } from './weight.ts';

type Multiply = (call: MatmulCall) => void;

/** a·bᵀ for b [N, K] in pieces of its rows: each gives some columns of the product. */
export function columnsOfParts(
  recorder: Recorder,
  call: MatmulCall,
  parts: readonly Matrix[],
  multiply: Multiply,
): void {
  const { out, bias, residual } = call;
  const a = asRows(call.a);
  const [rows = 1] = a.shape;
  const columns: GpuTensor[] = [];
  let from = 0;
  for (const b of parts) {
    const [N] = b.shape;
    const own =
      rows === 1 ? valuesOf(out, from, N, [1, N]) : recorder.temp([rows, N], 'columns of a product');
    columns.push(own);
    multiply({
      ...{ ...call, a, b, out: own },
      bias: bias && valuesOf(bias, from, N, [N]),
      // Columns of several rows lie apart in a residual: it is added when they are together.
      residual: rows === 1 ? residual && valuesOf(residual, from, N, [1, N]) : undefined,
    });
    from += N;
  }
  if (rows === 1) return;
  const joined = residual === undefined ? out : recorder.temp(out.shape, 'joined columns');
  joinColumns(recorder, columns, joined);
  for (const own of columns) recorder.free(own);
  if (residual === undefined) return;
  add(recorder, joined, residual, out);
  recorder.free(joined);
}

/** Some rows of a matrix [K, N], which may be made when their turn comes. */
export interface RowPiece {
  readonly rows: number;
  /** Calls `product` once, with these rows. */
  readonly use: (product: (b: Matrix) => void) => void;
}

/**
 * out = scale · a·b + residual for b [K, N] in pieces of its rows: each meets its own columns of a, and the products are
 * added up.
 * @throws Error for a bias or an activation: a defect in the caller
 */
export function sumOfParts(
  recorder: Recorder,
  call: MatmulCall,
  pieces: readonly RowPiece[],
  multiply: Multiply,
): void {
  const { out, bias, activation = 'none', label = '' } = call;
  if (bias !== undefined || activation !== 'none')
    throw new Error(`matmul ${label}: sums over several buffers have no bias and no activation.`);
  const a = asRows(call.a);
  const isCut = pieces.length > 1;
  let from = 0;
  let { residual } = call;
  let sum: GpuTensor | null = null;
  for (const [i, { rows, use }] of pieces.entries()) {
    const own = i === pieces.length - 1 ? out : recorder.temp(out.shape, 'sum of products');
    const columns = isCut ? recorder.temp([a.shape[0] ?? 1, rows], 'columns of the left') : a;
    if (isCut) takeColumns(recorder, a, from, columns);
    use((b) => multiply({ ...call, a: columns, b, out: own, residual }));
    if (isCut) recorder.free(columns);
    if (sum !== null) recorder.free(sum);
    [sum, residual] = [own, own];
    from += rows;
  }
}

/** A batch as one matrix: all of it meets the same weights. */
function asRows(a: GpuTensor): GpuTensor {
  const width = a.shape.at(-1) ?? 1;
  return reshape(a, [elements(a.shape) / width, width]);
}

/** `count` values of a tensor from one of them on. */
function valuesOf(tensor: GpuTensor, from: number, count: number, shape: readonly number[]): GpuTensor {
  return reshape(rowsOf(reshape(tensor, [elements(tensor.shape)]), from, from + count), shape);
}
