import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, reshape, rowsOf, type BufferRange, type GpuTensor } from '../../gpu/tensor.ts';
import { SUBMIT_MILLISECONDS } from '../../gpu/work-queue.ts';
import anyCode from '../../../shaders/matmul-any.wgsl?raw';
import type { MatmulCall } from './matmul-call.ts';
import { columnsOfParts, sumOfParts } from './matmul-parts.ts';
import {
  defaultTile,
  epilogueConstants,
  EPILOGUES,
  orderOf,
  rowsLeftOver,
  shapeClass,
  storageConstants,
  tileOf,
  type MatmulSize,
  type Tile,
} from './matmul-tiles.ts';
import { asMatrix, isQuantized, type Matrix } from './weight.ts';

const anyKernel = defineKernel(
  'matmul-any',
  anyCode,
  [false, true].flatMap((TRANSPOSED) => EPILOGUES.map((epilogue) => ({ TRANSPOSED, ...epilogue }))),
);

/**
 * out = activate(scale · a·b + bias) + residual, in one dispatch, or in several by rows where a column of tiles alone would
 * be too long for a submit.
 * @param choice name of the tile; left out: what the device was tuned to, or the default of its class
 * @throws Error when the shapes do not fit: a defect in the caller.
 */
export function matmul(recorder: Recorder, call: MatmulCall, choice?: string): void {
  if ('dtype' in call.b && call.b.parts !== undefined) {
    const multiply = (piece: MatmulCall) => matmul(recorder, piece, choice);
    const { parts } = call.b;
    if (call.transposed === true) columnsOfParts(recorder, call, parts, multiply);
    else {
      const pieces = parts.map((b) => ({
        rows: b.shape[0],
        use: (product: (b: Matrix) => void) => product(b),
      }));
      sumOfParts(recorder, call, pieces, multiply);
    }
    return;
  }
  const { a, out, bias, residual, transposed = false } = call;
  const { b, batch, matrices, size } = measure(call);
  const { M, N, K } = size;
  const { facts, tuning } = recorder.gpu;
  const isTiled = isAligned(a, b.values, K, N, transposed);
  if (!isTiled && b.dtype !== 'f32') throw new Error('Packed weights need rows of a multiple of 4 values.');
  const name = choice ?? tuning.get(shapeClass(M, orderOf(b.dtype, transposed))) ?? defaultTile(size, facts);
  const tile = isTiled ? tileOf(name) : { kernel: anyKernel, constants: {}, rows: 32, columns: 32 };
  const rowsAtOnce = rowsOfSubmit(recorder, size, tile);
  if (batch === 1 && rowsAtOnce < M) {
    for (let from = 0; from < M; from += rowsAtOnce) {
      const rows = (tensor: GpuTensor, width: number) =>
        rowsOf(reshape(tensor, [M, width]), from, Math.min(from + rowsAtOnce, M));
      const piece = { ...call, a: rows(a, K), out: rows(out, N), residual: residual && rows(residual, N) };
      matmul(recorder, piece, name);
    }
    return;
  }
  const storage = isTiled ? storageConstants(b.dtype, transposed) : { TRANSPOSED: transposed };
  // What is not there is not read; something must be bound.
  const bound = { a, out, bias: bias ?? a, ...(residual && { residual }) };
  const fits = ({ offset, shape }: GpuTensor) => offset % 4 === 0 && elements(shape) >= 4;
  const vector = N % 4 === 0 && Object.values(bound).every(fits);
  const epilogue = epilogueConstants(call.activation ?? 'none', residual !== undefined, vector);
  recorder.dispatch({
    kernel: tile.kernel,
    constants: { ...tile.constants, ...storage, ...epilogue },
    label: call.label ?? 'matmul',
    bind: { ...bound, b: b.values, ...(b.scales && { scales: b.scales }) },
    params: {
      M,
      N,
      K,
      scale: call.scale ?? 1,
      a_batch: M * K,
      b_batch: matrices > 1 ? K * N : 0,
      out_batch: M * N,
      has_bias: bias !== undefined,
    },
    groups: [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows), batch],
    split: 0,
    work: {
      flop: 2 * batch * M * N * K,
      bytes: 4 * batch * (M * K + M * N) + b.values.size + (b.scales?.size ?? 0),
    },
  });
}

/** A product that comes again and again: what is over of its rows takes a tile of its own where that is faster. */
export function matmulByRows(recorder: Recorder, call: MatmulCall): void {
  const M = call.a.shape[0] ?? 1;
  const whole = M - rowsLeftOver(M, recorder.gpu.facts);
  for (const [from, to] of whole < M ? [[0, whole] as const, [whole, M] as const] : [[0, M] as const]) {
    const rows = (tensor: GpuTensor) => rowsOf(tensor, from, to);
    matmul(recorder, {
      ...call,
      a: rows(call.a),
      out: rows(call.out),
      residual: call.residual && rows(call.residual),
    });
  }
}

/** Rows of a that a column of tiles may have in one submit, in whole tiles: a dispatch is cut between columns only. */
function rowsOfSubmit(
  { gpu }: Recorder,
  { M, K }: MatmulSize,
  tile: Pick<Tile, 'kernel' | 'rows' | 'columns'>,
): number {
  const { rows, columns } = tile;
  const work = { flop: 2 * M * columns * K, bytes: 4 * (M * K + M * columns + columns * K) };
  const milliseconds = gpu.queue.estimate({ kernel: tile.kernel.name, work });
  if (milliseconds <= SUBMIT_MILLISECONDS) return M;
  return rows * Math.max(1, Math.floor((SUBMIT_MILLISECONDS / milliseconds) * (M / rows)));
}

/** The sizes of a call, checked. */
function measure({ a, b: right, out, bias, residual, transposed = false, label = '' }: MatmulCall) {
  const batch = a.shape.length > 2 ? elements(a.shape.slice(0, -2)) : 1;
  const M = a.shape.at(-2) ?? 1;
  const K = a.shape.at(-1) ?? 1;
  const b: Matrix = 'dtype' in right ? right : asMatrix(right);
  const matrices = 'dtype' in right || right.shape.length < 3 ? 1 : batch;
  const rows = b.shape[0] / matrices;
  const N = transposed ? rows : b.shape[1];
  if ((transposed ? b.shape[1] : rows) !== K || elements(out.shape) !== batch * M * N)
    throw new Error(
      `matmul ${label}: [${a.shape.join(', ')}] by [${b.shape.join(', ')}]${transposed ? 'ᵀ' : ''} ` +
        `does not give [${out.shape.join(', ')}].`,
    );
  if (
    (bias !== undefined && elements(bias.shape) !== N) ||
    (residual !== undefined && elements(residual.shape) !== batch * M * N)
  )
    throw new Error(`matmul ${label}: bias or residual has the wrong size.`);
  if (isQuantized(b) && (!transposed || K % 32 !== 0))
    throw new Error(`matmul ${label}: quantized weights are [N, K] with K a multiple of 32.`);
  return { b, batch, matrices, size: { M, N, K } };
}

/** True when the rows of a and of b can be read four values at a time. */
function isAligned(a: GpuTensor, b: BufferRange, K: number, N: number, transposed: boolean): boolean {
  return K % 4 === 0 && (transposed || N % 4 === 0) && a.offset % 4 === 0 && b.offset % 16 === 0;
}
