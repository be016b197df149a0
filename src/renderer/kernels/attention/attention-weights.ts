/** Attention patterns when somebody looks: any part of them, from q, k and the row statistics of the forward pass. */
import weightsCode from '../../../shaders/attention-weights.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { SUBMIT_MILLISECONDS, type Work } from '../../gpu/work-queue.ts';
import type { AttentionLayer } from './attention-layer.ts';
import {
  attentionTile,
  attentionVariants,
  checkLayer,
  isVector,
  scoreConstants,
  scoreParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';
import { pool } from '../analysis/pool.ts';

const weightsKernel = defineKernel(
  'attention-weights',
  weightsCode,
  attentionVariants('VECTOR', 'BIAS', 'SOFT_CAP', 'KEY_MASK'),
);

/** A layer with the row statistics [H, T, 2] that `attention` wrote. */
export interface AttendedLayer {
  readonly layer: AttentionLayer;
  readonly statistics: GpuTensor;
}

/** The same rectangle of some heads that follow one another. */
export interface Rectangle {
  readonly headFrom: number;
  readonly heads: number;
  /** Queries and keys, [from, to). */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** Weights that are held at once before they are pooled. */
const SCRATCH_WEIGHTS = 4 * 2 ** 20;

/** The rectangle that is a layer's whole pattern, [H, T, S]. */
export function wholePattern({ heads, queries, keys }: AttentionLayer): Rectangle {
  return { headFrom: 0, heads, rows: [0, queries], columns: [0, keys] };
}

/**
 * Exact weights of a rectangle into `target` [heads, rows, columns].
 * @throws RangeError for a rectangle outside the pattern, or a target of another size.
 */
export function attentionWeights(
  recorder: Recorder,
  { layer, statistics }: AttendedLayer,
  rectangle: Rectangle,
  target: GpuTensor,
  tile: AttentionTile = attentionTile(recorder.gpu.facts),
): void {
  checkLayer(layer);
  checkRectangle(layer, rectangle);
  const { headFrom, heads, rows, columns } = rectangle;
  const height = rows[1] - rows[0];
  const width = columns[1] - columns[0];
  if (elements(target.shape) !== heads * height * width)
    throw new RangeError(`weights of ${heads} × ${height} × ${width} into [${target.shape.join(', ')}]`);
  const rowsAtOnce = rowsOfSubmit(recorder, layer, width, tile.TILE);
  if (rowsAtOnce >= height) {
    recordWeights(recorder, { layer, statistics }, rectangle, target, tile);
    return;
  }
  for (let head = 0; head < heads; head++)
    for (let row = 0; row < height; row += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, height - row);
      const from = rows[0] + row;
      const piece: Rectangle = { headFrom: headFrom + head, heads: 1, rows: [from, from + count], columns };
      const offset = target.offset + (head * height + row) * width;
      const part = { buffer: target.buffer, offset, shape: [1, count, width] };
      recordWeights(recorder, { layer, statistics }, piece, part, tile);
    }
}

/** Rows of one head, in whole tiles, that fit into one submit: a dispatch is cut between heads only. */
function rowsOfSubmit({ gpu }: Recorder, layer: AttentionLayer, width: number, tile: number): number {
  const part = { kernel: weightsKernel.name, work: weightsWork(layer, 1, tile, width) };
  return tile * Math.max(1, Math.floor(SUBMIT_MILLISECONDS / gpu.queue.estimate(part)));
}

function weightsWork(layer: AttentionLayer, heads: number, height: number, width: number): Work {
  const pairs = heads * height * width;
  return {
    flop: pairs * visibleShare(layer) * (2 * layer.headWidth + 8),
    bytes: 4 * (pairs + heads * (height + width) * layer.headWidth),
  };
}

/** One dispatch, cut between heads where it is too long. */
function recordWeights(
  recorder: Recorder,
  { layer, statistics }: AttendedLayer,
  { headFrom, heads, rows, columns }: Rectangle,
  weights: GpuTensor,
  tile: AttentionTile,
): void {
  const height = rows[1] - rows[0];
  const width = columns[1] - columns[0];
  const vector = isVector(layer, [layer.q, layer.k]);
  const side = tile.TILE * tile.GROUP;
  recorder.dispatch({
    kernel: weightsKernel,
    constants: { ...tile, VECTOR: vector, ...scoreConstants(layer), KEY_MASK: layer.keyMask !== null },
    bind: {
      q: layer.q.buffer,
      k: layer.k.buffer,
      statistics,
      weights,
      ...(layer.bias === null ? {} : { bias: layer.bias.buffer }),
      ...(layer.keyMask === null ? {} : { key_mask: layer.keyMask }),
    },
    params: {
      ...scoreParams(layer, vector),
      head_from: headFrom,
      row_from: rows[0],
      column_from: columns[0],
      height,
      width,
    },
    groups: [Math.ceil(width / side), Math.ceil(height / side), heads],
    split: 2,
    work: weightsWork(layer, heads, height, width),
  });
}

/** How a rectangle is shown: at most as many cells as it has rows and columns. */
export interface TileSize {
  readonly height: number;
  readonly width: number;
  readonly pool: 'max' | 'mean';
}

/**
 * A rectangle at the resolution of the screen into `target` [heads, height, width]: exact when it has as many cells as
 * weights, else the largest or the mean of the weights that fall into each cell.
 * @throws RangeError as `attentionWeights`, and for more cells than weights.
 */
export function attentionTiles(
  recorder: Recorder,
  attended: AttendedLayer,
  rectangle: Rectangle,
  size: TileSize,
  target: GpuTensor,
): void {
  const rows = rectangle.rows[1] - rectangle.rows[0];
  const columns = rectangle.columns[1] - rectangle.columns[0];
  const { height, width } = size;
  if (height < 1 || width < 1 || height > rows || width > columns)
    throw new RangeError(`${rows} × ${columns} weights in ${height} × ${width} cells`);
  if (height === rows && width === columns) {
    attentionWeights(recorder, attended, rectangle, target);
    return;
  }
  checkRectangle(attended.layer, rectangle);
  const headStep = Math.max(1, Math.floor(SCRATCH_WEIGHTS / (rows * columns)));
  // Whole cells: at least one row of them at a time.
  const cellStep = Math.max(1, Math.min(height, Math.floor((SCRATCH_WEIGHTS / (rows * columns)) * height)));
  for (let head = 0; head < rectangle.heads; head += headStep)
    for (let cell = 0; cell < height; cell += cellStep) {
      const heads = Math.min(headStep, rectangle.heads - head);
      const cells: readonly [number, number] = [cell, Math.min(height, cell + cellStep)];
      const [top, bottom] = cells.map((at) => Math.floor((at * rows) / height)) as [number, number];
      const piece = {
        ...rectangle,
        headFrom: rectangle.headFrom + head,
        heads,
        rows: [rectangle.rows[0] + top, rectangle.rows[0] + bottom] as const,
      };
      const scratch = recorder.temp([heads, bottom - top, columns], 'attention weights');
      attentionWeights(recorder, attended, piece, scratch);
      const place = target.offset + (head * height + cell) * width;
      pool(recorder, {
        source: scratch,
        rectangle: [rows, columns],
        size,
        cells,
        target: { buffer: target.buffer, offset: place, shape: [heads, height, width] },
      });
      recorder.free(scratch);
    }
}

function checkRectangle(layer: AttentionLayer, { headFrom, heads, rows, columns }: Rectangle): void {
  const isWithin = (from: number, to: number, end: number) => 0 <= from && from < to && to <= end;
  if (
    !isWithin(headFrom, headFrom + heads, layer.heads) ||
    !isWithin(...rows, layer.queries) ||
    !isWithin(...columns, layer.keys)
  )
    throw new RangeError(
      `heads ${headFrom} to ${headFrom + heads}, rows ${rows.join(' to ')}, columns ${columns.join(' to ')} ` +
        `of a pattern of ${layer.heads} × ${layer.queries} × ${layer.keys}`,
    );
}
