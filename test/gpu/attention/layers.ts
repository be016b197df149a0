/** Layers that exercise every option of attention, with their values. */
import type { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import type { GpuTensor } from '../../../src/renderer/gpu/tensor.ts';
import type { AttentionLayer } from '../../../src/renderer/kernels/attention/attention-layer.ts';
import type { AttentionValues } from '../../../src/renderer/kernels/attention/attention.reference.ts';
import { random } from './guarded.ts';
import { packedLayer } from '../../helpers/packed-layer.ts';

export interface Case {
  readonly layer: AttentionLayer;
  readonly values: AttentionValues;
  readonly held: readonly GpuTensor[];
}

/** Sizes and options of a case; what is left out is plain. */
export interface Recipe {
  readonly tokens: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly causal?: boolean;
  /** Largest |q|, |k| and |v|. */
  readonly size?: number;
  readonly window?: number;
  readonly softCap?: number;
  readonly scale?: number;
}

/** q, k and v packed in [T, 3D]. */
export function packedCase(gpu: Gpu, recipe: Recipe): Case {
  const { tokens, heads, headWidth, causal = true, size = 1, window = null, softCap = null } = recipe;
  const packed = random(tokens * 3 * heads * headWidth, size, tokens * 7 + heads);
  const qkv = gpu.tensorFrom(packed, [tokens, 3 * heads * headWidth], 'qkv');
  const plain = packedLayer(qkv, heads, causal);
  return {
    layer: { ...plain, window, softCap, scale: recipe.scale ?? plain.scale },
    values: { q: packed, k: packed, v: packed },
    held: [qkv],
  };
}

/**
 * Separate q [T, H·d], k and v [S, keyHeads·d]: cross-attention, grouped queries, a cache (`firstQuery`), a bias
 * [H, T, S] and a padding mask [S].
 */
function separateCase(
  gpu: Gpu,
  recipe: Recipe & {
    readonly keys: number;
    readonly keyHeads: number;
    readonly firstQuery?: number;
    readonly bias?: boolean;
    readonly keyMask?: readonly number[];
  },
): Case {
  const { tokens, heads, keyHeads, keys, headWidth, size = 1 } = recipe;
  const q = random(tokens * heads * headWidth, size, 3);
  const k = random(keys * keyHeads * headWidth, size, 4);
  const v = random(keys * keyHeads * headWidth, size, 5);
  const bias = random(heads * tokens * keys, 2, 6);
  const keyMask = Float32Array.from(recipe.keyMask ?? []);
  const tensors = {
    q: gpu.tensorFrom(q, [tokens, heads * headWidth], 'q'),
    k: gpu.tensorFrom(k, [keys, keyHeads * headWidth], 'k'),
    v: gpu.tensorFrom(v, [keys, keyHeads * headWidth], 'v'),
    bias: gpu.tensorFrom(bias, [heads, tokens, keys], 'bias'),
  };
  const mask = recipe.keyMask === undefined ? null : gpu.tensorFrom(keyMask, [keys], 'key mask');
  const rows = (tensor: GpuTensor, count: number) => ({
    buffer: tensor.buffer,
    offset: 0,
    tokenStride: count * headWidth,
    headStride: headWidth,
  });
  return {
    layer: {
      heads,
      keyHeads,
      headWidth,
      queries: tokens,
      keys,
      q: rows(tensors.q, heads),
      k: rows(tensors.k, keyHeads),
      v: rows(tensors.v, keyHeads),
      scale: recipe.scale ?? 0.3,
      causal: recipe.causal ?? false,
      firstQuery: recipe.firstQuery ?? 0,
      window: recipe.window ?? null,
      softCap: recipe.softCap ?? null,
      bias:
        recipe.bias === true
          ? {
              buffer: tensors.bias.buffer,
              offset: 0,
              headStride: tokens * keys,
              queryStride: keys,
              keyStride: 1,
            }
          : null,
      keyMask: mask,
    },
    values: {
      q,
      k,
      v,
      ...(recipe.bias === true ? { bias } : {}),
      ...(recipe.keyMask === undefined ? {} : { keyMask }),
    },
    held: [...Object.values(tensors), ...(mask === null ? [] : [mask])],
  };
}

/** Name → case: sizes that are no multiple of anything, and every option. */
export const CASES: Readonly<Record<string, (gpu: Gpu) => Case>> = {
  'one token': (gpu) => packedCase(gpu, { tokens: 1, heads: 2, headWidth: 8 }),
  'two tokens, one head of 1': (gpu) => packedCase(gpu, { tokens: 2, heads: 1, headWidth: 1 }),
  'odd sizes, causal': (gpu) => packedCase(gpu, { tokens: 37, heads: 3, headWidth: 5 }),
  'odd sizes, all keys': (gpu) => packedCase(gpu, { tokens: 37, heads: 3, headWidth: 5, causal: false }),
  'rows read by fours': (gpu) => packedCase(gpu, { tokens: 67, heads: 4, headWidth: 12 }),
  'GPT-2’s head': (gpu) => packedCase(gpu, { tokens: 129, heads: 2, headWidth: 64 }),
  'scores of ±1e4': (gpu) => packedCase(gpu, { tokens: 33, heads: 2, headWidth: 4, size: 100, scale: 0.25 }),
  'window of 5, causal': (gpu) => packedCase(gpu, { tokens: 43, heads: 2, headWidth: 8, window: 5 }),
  'window of 1': (gpu) => packedCase(gpu, { tokens: 19, heads: 1, headWidth: 4, window: 1 }),
  'window of 9, both sides': (gpu) =>
    packedCase(gpu, { tokens: 43, heads: 2, headWidth: 8, window: 9, causal: false }),
  'soft cap': (gpu) => packedCase(gpu, { tokens: 21, heads: 2, headWidth: 8, size: 30, softCap: 20 }),
  'cross-attention': (gpu) =>
    separateCase(gpu, { tokens: 11, keys: 29, heads: 3, keyHeads: 3, headWidth: 7 }),
  'grouped queries after a cache': (gpu) =>
    separateCase(gpu, {
      tokens: 5,
      keys: 18,
      firstQuery: 13,
      causal: true,
      heads: 6,
      keyHeads: 2,
      headWidth: 8,
    }),
  'bias and padding': (gpu) =>
    separateCase(gpu, {
      tokens: 14,
      keys: 14,
      heads: 2,
      keyHeads: 2,
      headWidth: 6,
      bias: true,
      keyMask: Array.from({ length: 14 }, (_, s) => (s < 9 ? 1 : 0)),
    }),
  'every key hidden': (gpu) =>
    separateCase(gpu, {
      tokens: 6,
      keys: 10,
      heads: 2,
      keyHeads: 1,
      headWidth: 4,
      keyMask: Array.from({ length: 10 }, () => 0),
    }),
  'first rows see nothing': (gpu) =>
    separateCase(gpu, {
      tokens: 12,
      keys: 12,
      heads: 2,
      keyHeads: 2,
      headWidth: 4,
      causal: true,
      keyMask: Array.from({ length: 12 }, (_, s) => (s < 3 ? 0 : 1)),
    }),
};
