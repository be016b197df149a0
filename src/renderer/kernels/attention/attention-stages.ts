/** The parts of a layer's attention that go through a slab of scores, one after another: forward and backward share them. */
import scoresCode from '../../../shaders/attention-scores.wgsl?raw';
import softmaxCode from '../../../shaders/attention-softmax.wgsl?raw';
import valuesCode from '../../../shaders/attention-values.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { SUBMIT_MILLISECONDS, type Work } from '../../gpu/work-queue.ts';
import type { AttentionLayer, HeadRows } from './attention-layer.ts';
import {
  attentionVariants,
  isVector,
  rowParams,
  scoreConstants,
  scoreParams,
  visibleParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';

const scoresKernel = defineKernel(
  'attention-scores',
  scoresCode,
  attentionVariants('VECTOR', 'BIAS', 'SOFT_CAP'),
);
const softmaxKernel = defineKernel('attention-softmax', softmaxCode, attentionVariants('KEY_MASK'));
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

/** Scratch of scores that is held at once; longer texts go in several pieces. */
const SLAB_BYTES = 16 * 2 ** 20;

/** What goes through the slab at once: heads, and queries padded to whole tiles. */
export interface Piece {
  readonly head_from: number;
  readonly heads: number;
  readonly query_from: number;
  readonly rows: number;
}

/** The pieces of a layer, each of which fits into one slab and one submit. */
export function pieces(recorder: Recorder, layer: AttentionLayer, tile: number): Piece[] {
  const { heads, queries, keys } = layer;
  const rowsAtOnce = rowsOfSubmit(recorder, layer, tile);
  const padded = Math.ceil(queries / tile) * tile;
  const slabRows = Math.max(tile, Math.floor(SLAB_BYTES / 4 / keys / tile) * tile);
  const rowStep = Math.min(padded, slabRows, rowsAtOnce);
  const headStep = Math.min(heads, Math.max(1, Math.floor(slabRows / padded)));
  const result: Piece[] = [];
  for (let head = 0; head < heads; head += headStep)
    for (let query = 0; query < padded; query += rowStep)
      result.push({
        head_from: head,
        heads: Math.min(headStep, heads - head),
        query_from: query,
        rows: Math.min(rowStep, padded - query),
      });
  return result;
}

/** Rows of one head, in whole tiles, whose scores fit into one submit: a dispatch is cut between heads only. */
function rowsOfSubmit({ gpu }: Recorder, layer: AttentionLayer, tile: number): number {
  const milliseconds = gpu.queue.estimate({ kernel: scoresKernel.name, work: productWork(layer, 1, tile) });
  return tile * Math.max(1, Math.floor(SUBMIT_MILLISECONDS / milliseconds));
}

/** What the scores of some rows, or their weighted sums, come to. */
export function productWork(layer: AttentionLayer, heads: number, rows: number): Work {
  const pairs = heads * rows * layer.keys * visibleShare(layer);
  return {
    flop: 2 * pairs * layer.headWidth,
    bytes: 4 * (pairs + heads * (rows + layer.keys) * layer.headWidth),
  };
}

/** Scores of a piece into the slab [heads, S, rows]. */
export function scores(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  piece: Piece,
  slab: GpuTensor,
): void {
  const vector = isVector(layer, [layer.q, layer.k]);
  const { heads, ...place } = piece;
  const side = tile.TILE * tile.GROUP;
  recorder.dispatch({
    kernel: scoresKernel,
    constants: { ...tile, VECTOR: vector, ...scoreConstants(layer) },
    bind: {
      q: layer.q.buffer,
      k: layer.k.buffer,
      slab,
      ...(layer.bias === null ? {} : { bias: layer.bias.buffer }),
    },
    params: { ...scoreParams(layer, vector), ...place },
    groups: [Math.ceil(piece.rows / side), Math.ceil(layer.keys / side), heads],
    split: 2,
    work: productWork(layer, heads, piece.rows),
  });
}

/** e^(score − largest) in place of the scores, and the rows' statistics [H, T, 2]. */
export function softmax(
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

/** Sums of the layer's v, weighted by what is in the slab over the rows' sums in the statistics. */
export function values(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  piece: Piece,
  slab: GpuTensor,
  { output, statistics }: { readonly output: HeadRows; readonly statistics: GpuTensor },
): void {
  const vector = isVector(layer, [layer.v, output]);
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
      output_token: output.tokenStride / unit,
      output_head: output.headStride / unit,
    },
    groups: [Math.ceil(threads / (tile.GROUP * tile.GROUP)), heads],
    split: 1,
    work: productWork(layer, heads, piece.rows),
  });
}
