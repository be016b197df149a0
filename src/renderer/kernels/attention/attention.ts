/** The forward pass of one layer's attention. */
import poolCode from '../../../shaders/attention-pool.wgsl?raw';
import softmaxCode from '../../../shaders/attention-softmax.wgsl?raw';
import valuesCode from '../../../shaders/attention-values.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from './attention-layer.ts';
import {
  attentionTile,
  attentionVariants,
  checkLayer,
  isVector,
  rowParams,
  visibleParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';
import { productWork, throughSlab, type Piece } from './score-slab.ts';

const softmaxKernel = defineKernel('attention-softmax', softmaxCode, attentionVariants('KEY_MASK'));
const poolKernel = defineKernel('attention-pool', poolCode);
const valuesKernel = defineKernel(
  'attention-values',
  valuesCode,
  attentionVariants('VECTOR').flatMap((constants) =>
    widths(Boolean(constants['WIDE']), Boolean(constants['VECTOR'])).map((COLUMNS) => ({
      ...constants,
      COLUMNS,
    })),
  ),
);

/** Parts of a head that one thread of `attention-values` may sum: up to 16 values, or 4 where threads are many. */
function widths(isWide: boolean, vector: boolean): readonly [number, ...number[]] {
  if (isWide) return vector ? [4, 2] : [8];
  return vector ? [1] : [4];
}

export interface AttentionTarget {
  /** [T, H·d]: the weighted sums of the heads' values, side by side. */
  readonly output: GpuTensor;
  /** [H, T, 2]: the largest score and Σ e^(score − largest) of each row; a row that sees nothing has a sum of 0. */
  readonly statistics: GpuTensor;
  /**
   * [H, height, width]: the patterns at a lower resolution, of cells that are the largest of the weights in them: pooled
   * while the scores are there. At most as many cells as queries and keys; left out: nobody asks.
   */
  readonly pooled?: GpuTensor;
}

/**
 * softmax(scale·QKᵀ + …)·V of all heads of a layer: scores and weights pass through one slab of scratch that the
 * recorder reuses; the patterns are not kept, `attentionWeights` computes any part of them from q, k and the statistics.
 * @throws RangeError when shapes do not fit.
 */
export function attention(
  recorder: Recorder,
  layer: AttentionLayer,
  target: AttentionTarget,
  tile: AttentionTile = attentionTile(recorder.gpu.facts),
): void {
  checkLayer(layer);
  const { heads, headWidth, queries } = layer;
  if (elements(target.output.shape) !== queries * heads * headWidth)
    throw new RangeError(`the output of attention is [${target.output.shape.join(', ')}]`);
  if (elements(target.statistics.shape) !== heads * queries * 2)
    throw new RangeError(`the row statistics of attention are [${target.statistics.shape.join(', ')}]`);
  const { pooled } = target;
  if (pooled !== undefined) checkPooled(layer, pooled);
  throughSlab(recorder, tile, layer, (piece, slab) => {
    softmax(recorder, tile, layer, piece, slab, target.statistics);
    if (pooled !== undefined) poolPiece(recorder, layer, piece, slab, target.statistics, pooled);
    values(recorder, tile, layer, piece, slab, target);
  });
}

function checkPooled({ heads, queries, keys }: AttentionLayer, { shape }: GpuTensor): void {
  const [count = 0, height = 0, width = 0] = shape;
  if (count !== heads || height < 1 || height > queries || width < 1 || width > keys)
    throw new RangeError(`${heads} patterns of ${queries} × ${keys} pooled into [${shape.join(', ')}]`);
}

/** Pools what is in the slab. */
function poolPiece(
  recorder: Recorder,
  layer: AttentionLayer,
  { heads, query_from: from, rows, head_from }: Piece,
  slab: GpuTensor,
  statistics: GpuTensor,
  pooled: GpuTensor,
): void {
  const { queries, keys } = layer;
  const [, height = 1, width = 1] = pooled.shape;
  const to = Math.min(from + rows, queries);
  // Cells that have a query of the slab.
  const cellOf = (query: number) => Math.floor(((query + 1) * height - 1) / queries);
  const cells = [cellOf(from), cellOf(to - 1) + 1] as const;
  const pairs = heads * (to - from) * keys * visibleShare(layer);
  recorder.dispatch({
    kernel: poolKernel,
    bind: { slab, statistics, pooled },
    params: {
      ...visibleParams(layer),
      ...{ head_from, query_from: from, rows, height, width },
      ...{ cell_from: cells[0], cells: cells[1] - cells[0] },
    },
    groups: [Math.ceil((cells[1] - cells[0]) / 8), Math.ceil(width / 8), heads],
    split: 2,
    work: { flop: 2 * pairs, bytes: 4 * pairs },
  });
}

function softmax(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  piece: Piece,
  slab: GpuTensor,
  statistics: GpuTensor,
): void {
  const { heads, ...place } = piece;
  const pairs = heads * piece.rows * layer.keys * visibleShare(layer);
  recorder.dispatch({
    kernel: softmaxKernel,
    constants: { ...tile, KEY_MASK: layer.keyMask !== null },
    bind: { slab, statistics, ...(layer.keyMask === null ? {} : { key_mask: layer.keyMask }) },
    params: { ...visibleParams(layer), ...place },
    groups: [Math.ceil(piece.rows / (tile.GROUP * tile.GROUP)), heads],
    split: 1,
    work: { flop: 6 * pairs, bytes: 12 * pairs },
  });
}

function values(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  piece: Piece,
  slab: GpuTensor,
  target: AttentionTarget,
): void {
  const { output, statistics } = target;
  const vector = isVector(layer, [layer.v]) && output.offset % 4 === 0;
  const unit = vector ? 4 : 1;
  const { heads, ...place } = piece;
  const parts = layer.headWidth / unit;
  const choice = widths(tile.WIDE, vector);
  // The widest that divides the head.
  const COLUMNS = choice.find((width) => parts % width === 0) ?? choice.at(-1) ?? choice[0];
  const threads = Math.ceil(parts / COLUMNS) * (piece.rows / tile.TILE);
  recorder.dispatch({
    kernel: valuesKernel,
    constants: { ...tile, VECTOR: vector, COLUMNS },
    bind: { slab, v: layer.v.buffer, statistics, output: output.buffer },
    params: {
      ...visibleParams(layer),
      ...rowParams('v', layer.v, vector),
      ...place,
      group: layer.heads / layer.keyHeads,
      parts,
      output_start: output.offset / unit,
      output_token: layer.heads * parts,
    },
    groups: [Math.ceil(threads / (tile.GROUP * tile.GROUP)), heads],
    split: 1,
    work: productWork(layer, heads, piece.rows),
  });
}
