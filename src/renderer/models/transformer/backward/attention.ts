/** The attentions of a layer backward. T tokens, S source tokens, D width, H heads, d head width. */
import type { Recorder } from '../../../gpu/recorder.ts';
import { elements, reshape, type GpuTensor } from '../../../gpu/tensor.ts';
import { attentionBackward } from '../../../kernels/attention/attention-backward.ts';
import type { AttentionLayer, HeadRows } from '../../../kernels/attention/attention-layer.ts';
import { rotary } from '../../../kernels/attention/rotary.ts';
import { linear, type Linear, type Norm } from '../blocks.ts';
import type { CrossAttention } from '../cross-attention.ts';
import { headRows, qkvRoom, qkvTensors, type SelfAttention } from '../self-attention.ts';
import { backThroughNorm, linearBackward } from './blocks.ts';

/** What an attention read and what is known of its output. */
export interface AttentionBack {
  /** What q (and of self-attention k and v) were made of, [T, D]. */
  readonly x: GpuTensor;
  /** ∂y/∂(weighted values), [T, H·d]. */
  readonly mixed: GpuTensor;
  /** ∂y/∂x, [T, D]; the residual is added. */
  readonly out: GpuTensor;
  readonly residual?: GpuTensor | undefined;
}

/** @param table of the layer's rotary positions; null: it has none */
export function selfAttentionBackward(
  recorder: Recorder,
  own: SelfAttention,
  { layer, table }: { readonly layer: AttentionLayer; readonly table: GpuTensor | null },
  { x, mixed, out, residual }: AttentionBack,
): void {
  const { projection, heads, keyHeads, headWidth } = own;
  const tokens = layer.queries;
  const found = qkvRoom(own, tokens, (shape, label) => recorder.temp(shape, `gradient of ${label}`));
  const rows = headRows(own, found);
  attentionBackward(recorder, layer, { output: rowsOfHeads(mixed, headWidth), ...rows });
  if (table !== null)
    for (const [turned, count] of [
      [rows.q, heads],
      [rows.k, keyHeads],
    ] as const)
      rotary(recorder, { rows: turned, heads: count, tokens, table, first: 0, back: true });
  if (found.kind === 'packed' && projection.kind === 'packed')
    linearBackward(recorder, found.qkv, projection.qkv, out, residual);
  else if (found.kind === 'separate' && projection.kind === 'separate') {
    const sum = recorder.temp(out.shape, 'gradient by values');
    const both = recorder.temp(out.shape, 'gradient by values and keys');
    linearBackward(recorder, found.v, projection.value, sum, residual);
    projectionBackward(recorder, x, projection.key, own.keyNorm, found.k, both, sum);
    projectionBackward(recorder, x, projection.query, own.queryNorm, found.q, out, both);
    recorder.free(sum);
    recorder.free(both);
  }
  for (const tensor of qkvTensors(found)) recorder.free(tensor);
}

/** ∂y/∂x through q or k, which may be normed head by head or as a whole. */
function projectionBackward(
  recorder: Recorder,
  x: GpuTensor,
  weights: Linear,
  own: Norm | null,
  gradient: GpuTensor,
  out: GpuTensor,
  residual: GpuTensor,
): void {
  if (own === null) {
    linearBackward(recorder, gradient, weights, out, residual);
    return;
  }
  const width = elements(own.weight.shape);
  const rows = (tensor: GpuTensor) => reshape(tensor, [elements(tensor.shape) / width, width]);
  const plain = recorder.temp(gradient.shape, 'q or k before its norm');
  const before = recorder.temp(gradient.shape, 'gradient before the norm');
  linear(recorder, x, weights, plain);
  backThroughNorm(recorder, rows(plain), own, rows(gradient), rows(before));
  linearBackward(recorder, before, weights, out, residual);
  recorder.free(plain);
  recorder.free(before);
}

/** @param source ∂y/∂(the source's states), [S, D]: what this layer adds is added to it */
export function crossAttentionBackward(
  recorder: Recorder,
  own: CrossAttention,
  layer: AttentionLayer,
  { mixed, out, residual }: AttentionBack,
  source: GpuTensor,
): void {
  const { heads, headWidth } = own;
  const [q, k, v] = [layer.queries, layer.keys, layer.keys].map((count) =>
    recorder.temp([count, heads * headWidth], 'gradient of q, k or v'),
  ) as [GpuTensor, GpuTensor, GpuTensor];
  const rows = (tensor: GpuTensor) => rowsOfHeads(tensor, headWidth);
  attentionBackward(recorder, layer, { output: rows(mixed), q: rows(q), k: rows(k), v: rows(v) });
  linearBackward(recorder, q, own.query, out, residual);
  const sum = recorder.temp(source.shape, 'gradient by the source');
  linearBackward(recorder, k, own.key, sum, source);
  linearBackward(recorder, v, own.value, source, sum);
  for (const tensor of [q, k, v, sum]) recorder.free(tensor);
}

/** Of heads that lie side by side, [T, H·d]. */
function rowsOfHeads({ buffer, offset, shape }: GpuTensor, headWidth: number): HeadRows {
  return { buffer, offset, tokenStride: shape[1] ?? 0, headStride: headWidth };
}
