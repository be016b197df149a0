import type { GpuTensor } from '../../src/renderer/gpu/tensor.ts';
import type { AttentionLayer, HeadRows } from '../../src/renderer/kernels/attention/attention-layer.ts';

/**
 * The layer of a packed projection `[T, 3D]` that holds q, k and v side by side, as GPT-2's does.
 * Plain attention with scale 1/√d; spread and override for anything else.
 */
export function packedLayer(qkv: GpuTensor, heads: number, causal: boolean): AttentionLayer {
  const [tokens, packed] = qkv.shape;
  if (tokens === undefined || packed === undefined || packed % (3 * heads) !== 0) {
    throw new RangeError(
      `packed q, k, v of shape [${qkv.shape.join(', ')}] do not split into 3 × ${heads} heads`,
    );
  }
  const width = packed / 3;
  const headWidth = width / heads;
  const rows = (part: number): HeadRows => ({
    buffer: qkv.buffer,
    offset: qkv.offset + part * width,
    tokenStride: packed,
    headStride: headWidth,
  });
  return {
    heads,
    keyHeads: heads,
    headWidth,
    queries: tokens,
    keys: tokens,
    q: rows(0),
    k: rows(1),
    v: rows(2),
    scale: 1 / Math.sqrt(headWidth),
    causal,
    firstQuery: 0,
    window: null,
    softCap: null,
    bias: null,
    keyMask: null,
  };
}
