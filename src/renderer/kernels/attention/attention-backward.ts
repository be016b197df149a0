/** The backward pass of one layer's attention. */
import keysCode from '../../../shaders/attention-keys-backward.wgsl?raw';
import softmaxCode from '../../../shaders/attention-softmax-backward.wgsl?raw';
import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer, HeadRows } from './attention-layer.ts';
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
import { pieces, productWork, scores, softmax, values, type Piece } from './attention-stages.ts';

const softmaxKernel = defineKernel('attention-softmax-backward', softmaxCode, attentionVariants('SOFT_CAP'));
const keysKernel = defineKernel('attention-keys-backward', keysCode, attentionVariants('VECTOR'));

/** Derivatives of a number y. */
export interface AttentionGradients {
  /** ∂y/∂(output), as the heads of the output lie: H heads, T positions. */
  readonly output: HeadRows;
  /** What is found: ∂y/∂q of H heads and T positions, ∂y/∂k and ∂y/∂v of the key heads and S positions. */
  readonly q: HeadRows;
  readonly k: HeadRows;
  readonly v: HeadRows;
}

/**
 * ∂y/∂q, ∂y/∂k and ∂y/∂v of softmax(scale·QKᵀ + …)·V from ∂y/∂(output). Weights are computed again, a slab at a time:
 * ∂y/∂v = Pᵀ·∂y/∂o; ∂y/∂s = P ⊙ (∂y/∂P − Σ P ⊙ ∂y/∂P) with ∂y/∂P = ∂y/∂o·Vᵀ; ∂y/∂q = scale·∂y/∂s·K and
 * ∂y/∂k = scale·∂y/∂sᵀ·Q. What is found lies in buffers that are not read.
 * @throws RangeError for a layer that no kernel can run, and for one with both a soft cap and a bias.
 */
export function attentionBackward(
  recorder: Recorder,
  layer: AttentionLayer,
  gradients: AttentionGradients,
  tile: AttentionTile = attentionTile(recorder.gpu.facts),
): void {
  checkLayer(layer);
  if (layer.softCap !== null && layer.bias !== null)
    throw new RangeError('the backward pass of attention has no bias beside a soft cap');
  const { heads, queries, keys } = layer;
  const statistics = recorder.temp([heads, queries, 2], 'row statistics');
  /** Whose scores are ∂y/∂P: each query's derivative by each key's value. */
  const byWeights = { ...layer, q: gradients.output, k: layer.v, scale: 1, softCap: null, bias: null };
  for (const piece of pieces(recorder, layer, tile.TILE)) {
    const shape = [piece.heads, keys, piece.rows];
    const slab = recorder.temp(shape, 'attention weights');
    const changes = recorder.temp(shape, 'gradient by the attention weights');
    scores(recorder, tile, layer, piece, slab);
    softmax(recorder, tile, layer, piece, slab, statistics);
    scores(recorder, tile, byWeights, piece, changes);
    softmaxBackward(recorder, tile, layer, piece, { slab, changes, statistics });
    values(recorder, tile, { ...layer, v: layer.k }, piece, changes, { output: gradients.q, statistics });
    sumOverQueries(recorder, tile, layer, piece, changes, layer.q, gradients.k);
    sumOverQueries(recorder, tile, layer, piece, slab, gradients.output, gradients.v);
    recorder.free(slab);
    recorder.free(changes);
  }
  recorder.free(statistics);
}

function softmaxBackward(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  piece: Piece,
  held: { readonly slab: GpuTensor; readonly changes: GpuTensor; readonly statistics: GpuTensor },
): void {
  const { heads, ...place } = piece;
  const { slab, changes, statistics } = held;
  const { softCap, scale } = layer;
  const pairs = heads * piece.rows * layer.keys * visibleShare(layer);
  recorder.dispatch({
    kernel: softmaxKernel,
    constants: { ...tile, SOFT_CAP: softCap !== null },
    bind: { slab, gradients: changes, statistics },
    params: { ...visibleParams(layer), ...place, scale, ...(softCap !== null && { soft_cap: softCap }) },
    groups: [Math.ceil(piece.rows / (tile.GROUP * tile.GROUP)), heads],
    split: 1,
    work: { flop: 8 * pairs, bytes: 24 * pairs },
  });
}

/** out (+)= Σ over the piece's queries of what the slab holds times their rows x. */
function sumOverQueries(
  recorder: Recorder,
  tile: AttentionTile,
  layer: AttentionLayer,
  piece: Piece,
  slab: GpuTensor,
  x: HeadRows,
  out: HeadRows,
): void {
  const vector = isVector(layer, [x, out]);
  const unit = vector ? 4 : 1;
  const parts = layer.headWidth / unit;
  const group = layer.heads / layer.keyHeads;
  const first = Math.floor(piece.head_from / group);
  const keyHeads = Math.ceil((piece.head_from + piece.heads) / group) - first;
  recorder.dispatch({
    kernel: keysKernel,
    constants: { ...tile, VECTOR: vector },
    bind: { slab, x: x.buffer, out: out.buffer },
    params: {
      ...visibleParams(layer),
      ...piece,
      ...rowParams('q', x, vector),
      ...{ key_head_from: first, group, parts },
      out_start: out.offset / unit,
      out_token: out.tokenStride / unit,
      out_head: out.headStride / unit,
    },
    groups: [Math.ceil((Math.ceil(layer.keys / 4) * parts) / (tile.GROUP * tile.GROUP)), keyHeads],
    split: 1,
    work: productWork(layer, piece.heads, piece.rows),
  });
}
