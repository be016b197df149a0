/** The scores of a layer, piece by piece through one slab of scratch that the recorder reuses. */
import scoresCode from '../../../shaders/attention-scores.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { SUBMIT_MILLISECONDS, type Work } from '../../gpu/work-queue.ts';
import type { AttentionLayer } from './attention-layer.ts';
import {
  attentionVariants,
  isVector,
  scoreConstants,
  scoreParams,
  visibleShare,
  type AttentionTile,
} from './attention-params.ts';

const scoresKernel = defineKernel(
  'attention-scores',
  scoresCode,
  attentionVariants('VECTOR', 'BIAS', 'SOFT_CAP'),
);

/** Scratch of scores that is held at once; longer texts go in several pieces. */
const SLAB_BYTES = 16 * 2 ** 20;

/** Hands on the scores of a layer's heads, a slab [heads, S, rows] after another; what no query of a tile sees is not written. */
export function throughSlab(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  use: (piece: Piece, slab: GpuTensor) => void,
): void {
  for (const piece of pieces(layer, tile.TILE, rowsOfSubmit(recorder, layer, tile.TILE))) {
    const slab = recorder.temp([piece.heads, layer.keys, piece.rows], 'attention scores');
    scores(recorder, tile, layer, piece, slab);
    use(piece, slab);
    recorder.free(slab);
  }
}

/** What goes through the slab at once: heads, and queries padded to whole tiles. */
export interface Piece {
  readonly head_from: number;
  readonly heads: number;
  readonly query_from: number;
  readonly rows: number;
}

function pieces({ heads, queries, keys }: AttentionLayer, tile: number, rowsAtOnce: number): Piece[] {
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

function scores(
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
