/** Self-attention of one layer: what it is made of, and where its q, k and v lie. H heads, K key heads, d head width. */
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionLayer, HeadRows } from '../../kernels/attention/attention-layer.ts';
import { rotary as turn } from '../../kernels/attention/rotary.ts';
import { linear, norm, type Linear, type Norm } from './blocks.ts';
import type { Rotary } from './rotary-table.ts';

type Projection =
  | {
      readonly kind: 'separate';
      /** [H·d, D] */
      readonly query: Linear;
      /** [K·d, D] each */
      readonly key: Linear;
      readonly value: Linear;
    }
  | {
      readonly kind: 'packed';
      /** [3·H·d, D]: all queries, keys, values one after another; head by head (q, k, v of each) when `byHead`. */
      readonly qkv: Linear;
      readonly byHead: boolean;
    };

export interface SelfAttention {
  readonly heads: number;
  /** `H`, or a divisor of it: grouped queries. */
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly projection: Projection;
  /** Of q and k before they are turned: of each head, [d], or of all heads together, [H·d] and [K·d]; null: none. */
  readonly queryNorm: Norm | null;
  readonly keyNorm: Norm | null;
  readonly rotary: Rotary | null;
  /** Multiplies q·k. */
  readonly scale: number;
  /** A query sees keys that are nearer than this; null: all. */
  readonly window: number | null;
  /** Scores become cap·tanh(score / cap); null: they stay. */
  readonly softCap: number | null;
  /** [D, H·d] */
  readonly out: Linear;
}

/** q, k and v of some tokens: [T, H·d], [T, K·d] and [T, K·d], or side by side in [T, 3·H·d]. */
export type Qkv =
  | { readonly kind: 'separate'; readonly q: GpuTensor; readonly k: GpuTensor; readonly v: GpuTensor }
  | { readonly kind: 'packed'; readonly qkv: GpuTensor };

/** Room for q, k and v of some tokens. */
export function qkvRoom(
  { projection, heads, keyHeads, headWidth: d }: SelfAttention,
  tokens: number,
  make: (shape: readonly number[], label: string) => GpuTensor,
): Qkv {
  if (projection.kind === 'packed') return { kind: 'packed', qkv: make([tokens, 3 * heads * d], 'q, k, v') };
  return {
    kind: 'separate',
    q: make([tokens, heads * d], 'q'),
    k: make([tokens, keyHeads * d], 'k'),
    v: make([tokens, keyHeads * d], 'v'),
  };
}

/** Bytes of q, k and v of some tokens. */
export function qkvBytes({ heads, keyHeads, headWidth }: SelfAttention, tokens: number): number {
  return tokens * (heads + 2 * keyHeads) * headWidth * 4;
}

export function qkvTensors(qkv: Qkv): readonly GpuTensor[] {
  return qkv.kind === 'packed' ? [qkv.qkv] : [qkv.q, qkv.k, qkv.v];
}

/** Those of tokens [from, to). */
export function qkvRows(qkv: Qkv, from: number, to: number): Qkv {
  const rows = (tensor: GpuTensor) => rowsOf(tensor, from, to);
  if (qkv.kind === 'packed') return { kind: 'packed', qkv: rows(qkv.qkv) };
  return { kind: 'separate', q: rows(qkv.q), k: rows(qkv.k), v: rows(qkv.v) };
}

/** Fills `target` from x [T, D]. @param table of the layer's rotary positions @param first position of the first token */
export function project(
  recorder: Recorder,
  attention: SelfAttention,
  x: GpuTensor,
  target: Qkv,
  table: GpuTensor | null,
  first: number,
): void {
  const { projection, heads, keyHeads } = attention;
  if (target.kind === 'packed' && projection.kind === 'packed')
    linear(recorder, x, projection.qkv, target.qkv, { label: 'q, k, v' });
  else if (target.kind === 'separate' && projection.kind === 'separate') {
    normed(recorder, projection.query, attention.queryNorm, x, target.q);
    normed(recorder, projection.key, attention.keyNorm, x, target.k);
    linear(recorder, x, projection.value, target.v, { label: 'v' });
  } else throw new Error('The room for q, k and v is not of this projection.');
  if (table === null) return;
  const { q, k } = headRows(attention, target);
  const [tokens = 0] = x.shape;
  turn(recorder, { rows: q, heads, tokens, table, first });
  turn(recorder, { rows: k, heads: keyHeads, tokens, table, first });
}

/** q or k, normed head by head or as a whole where the layer does that. */
function normed(recorder: Recorder, weights: Linear, own: Norm | null, x: GpuTensor, out: GpuTensor): void {
  if (own === null) {
    linear(recorder, x, weights, out, { label: 'q or k' });
    return;
  }
  const plain = recorder.temp(out.shape, 'q or k before its norm');
  linear(recorder, x, weights, plain, { label: 'q or k' });
  const width = elements(own.weight.shape);
  const rows = (tensor: GpuTensor) => reshape(tensor, [elements(tensor.shape) / width, width]);
  norm(recorder, rows(plain), own, rows(out));
  recorder.free(plain);
}

/** How the queries of some tokens look at the keys of some tokens. @param first place of query 0 among the keys */
export function attentionLayer(
  attention: SelfAttention,
  queries: Qkv,
  keys: Qkv,
  { causal, first }: { readonly causal: boolean; readonly first: number },
): AttentionLayer {
  const { heads, keyHeads, headWidth, scale, window, softCap } = attention;
  const { k, v } = headRows(attention, keys);
  const count = (qkv: Qkv, part: 'q' | 'k') => (qkv.kind === 'packed' ? qkv.qkv : qkv[part]).shape[0] ?? 0;
  return {
    ...{ heads, keyHeads, headWidth, scale, window, softCap, causal, k, v },
    q: headRows(attention, queries).q,
    queries: count(queries, 'q'),
    keys: count(keys, 'k'),
    firstQuery: first,
    bias: null,
    keyMask: null,
  };
}

/** Where the heads of q, k and v lie. */
export function headRows(
  { projection, heads, headWidth: d }: SelfAttention,
  qkv: Qkv,
): { readonly q: HeadRows; readonly k: HeadRows; readonly v: HeadRows } {
  const rows = (tensor: GpuTensor, start: number, headStride: number): HeadRows => ({
    buffer: tensor.buffer,
    offset: tensor.offset + start,
    tokenStride: tensor.shape[1] ?? 0,
    headStride,
  });
  if (qkv.kind === 'separate') return { q: rows(qkv.q, 0, d), k: rows(qkv.k, 0, d), v: rows(qkv.v, 0, d) };
  const byHead = projection.kind === 'packed' && projection.byHead;
  const part = (index: number) => rows(qkv.qkv, index * (byHead ? d : heads * d), byHead ? 3 * d : d);
  return { q: part(0), k: part(1), v: part(2) };
}
