/**
 * One layer's attention, told without saying how it is computed: where q, k and v lie in their buffers, and what a
 * query may see. Heads are read by stride, so packed `[T, 3D]`, separate q, k and v, grouped queries, cross-attention
 * and a cache of keys and values are all the same to the kernels: nothing is transposed or copied.
 */
import type { GpuTensor } from '../../gpu/tensor.ts';

/** Where the head rows of q, k or v lie: element i of head h at position t is `offset + t·tokenStride + h·headStride + i`. */
export interface HeadRows {
  readonly buffer: GPUBuffer;
  /** All three in f32 elements, and multiples of 4 when the head width is one (then rows are read four at a time). */
  readonly offset: number;
  readonly tokenStride: number;
  readonly headStride: number;
}

/** Numbers added to the scores before the softmax: relative positions, ALiBi, a padding mask of large negative values. */
export interface AttentionBias {
  readonly buffer: GPUBuffer;
  /** Element (h, t, s) is `offset + h·headStride + t·queryStride + s·keyStride`; a stride of 0 shares it. */
  readonly offset: number;
  readonly headStride: number;
  readonly queryStride: number;
  readonly keyStride: number;
}

export interface AttentionLayer {
  /** `H` query heads. */
  readonly heads: number;
  /** Heads of k and v: `H`, or a divisor of it for grouped queries; query head h reads key head ⌊h·keyHeads / H⌋. */
  readonly keyHeads: number;
  /** `d` */
  readonly headWidth: number;
  /** `T` */
  readonly queries: number;
  /** `S` */
  readonly keys: number;
  /** H heads, T positions. */
  readonly q: HeadRows;
  /** keyHeads heads, S positions. */
  readonly k: HeadRows;
  readonly v: HeadRows;
  /** Multiplies q·k; usually 1/√d. */
  readonly scale: number;
  /** True: the query at position t sees keys 0 … t + firstQuery. */
  readonly causal: boolean;
  /** Position of query 0 among the keys: above 0 when a cache holds earlier keys. */
  readonly firstQuery: number;
  /** Sliding window: a query sees keys whose distance is below it (both sides when not causal); null: all. */
  readonly window: number | null;
  /** Soft-capping: scores become cap·tanh(score / cap), after scale and before bias; null: none. */
  readonly softCap: number | null;
  readonly bias: AttentionBias | null;
  /** f32 per key, [S]: 0 hides the key from every query; null: all keys are there. */
  readonly keyMask: GpuTensor | null;
}
