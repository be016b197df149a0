/** The forward pass of one layer's attention. */
import poolCode from '../../../shaders/attention-pool.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer } from './attention-layer.ts';
import {
  attentionTile,
  checkLayer,
  visibleParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';
import { pieces, scores, softmax, values, type Piece } from './attention-stages.ts';

const poolKernel = defineKernel('attention-pool', poolCode);

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
  const { heads, headWidth, queries, keys } = layer;
  if (elements(target.output.shape) !== queries * heads * headWidth)
    throw new RangeError(`the output of attention is [${target.output.shape.join(', ')}]`);
  if (elements(target.statistics.shape) !== heads * queries * 2)
    throw new RangeError(`the row statistics of attention are [${target.statistics.shape.join(', ')}]`);
  const { pooled } = target;
  if (pooled !== undefined) checkPooled(layer, pooled);
  const { buffer, offset } = target.output;
  const output = { buffer, offset, tokenStride: heads * headWidth, headStride: headWidth };
  for (const piece of pieces(recorder, layer, tile.TILE)) {
    const slab = recorder.temp([piece.heads, keys, piece.rows], 'attention scores');
    scores(recorder, tile, layer, piece, slab);
    softmax(recorder, tile, layer, piece, slab, target.statistics);
    if (pooled !== undefined) poolPiece(recorder, layer, piece, slab, target.statistics, pooled);
    values(recorder, tile, layer, piece, slab, { output, statistics: target.statistics });
    recorder.free(slab);
  }
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
