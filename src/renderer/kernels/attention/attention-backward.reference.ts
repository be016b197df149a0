/** The backward pass of attention in float64, in plain loops: what its kernels are tested against. */
import type { AttentionLayer, HeadRows } from './attention-layer.ts';
import { referenceScores, referenceWeights, type AttentionValues } from './attention.reference.ts';

export interface ReferenceGradients {
  /** [T, H, d] */
  readonly q: Float64Array;
  /** [S, keyHeads, d] */
  readonly k: Float64Array;
  readonly v: Float64Array;
}

/** ∂y/∂q, ∂y/∂k and ∂y/∂v. @param gradient ∂y/∂(output), [T, H, d] */
export function referenceAttentionBackward(
  layer: AttentionLayer,
  values: AttentionValues,
  gradient: ArrayLike<number>,
): ReferenceGradients {
  const { heads, keyHeads, headWidth: d, queries, keys, softCap } = layer;
  const weights = referenceWeights(layer, values);
  const scores = referenceScores(layer, values);
  const read = (from: ArrayLike<number>, rows: HeadRows, head: number, token: number, i: number) =>
    from[rows.offset + token * rows.tokenStride + head * rows.headStride + i] ?? NaN;
  const result = {
    q: new Float64Array(queries * heads * d),
    k: new Float64Array(keys * keyHeads * d),
    v: new Float64Array(keys * keyHeads * d),
  };
  const add = (to: Float64Array, at: number, value: number) => {
    to[at] = (to[at] ?? NaN) + value;
  };
  for (let h = 0; h < heads; h++) {
    const kh = Math.floor((h * keyHeads) / heads);
    for (let t = 0; t < queries; t++) {
      const above = (i: number) => gradient[(t * heads + h) * d + i] ?? NaN;
      const byWeight = Array.from({ length: keys }, (_, s) => {
        let sum = 0;
        for (let i = 0; i < d; i++) sum += above(i) * read(values.v, layer.v, kh, s, i);
        return sum;
      });
      const weight = (s: number) => weights[(h * queries + t) * keys + s] ?? NaN;
      const mean = byWeight.reduce((sum, value, s) => sum + value * weight(s), 0);
      for (const [s, value] of byWeight.entries()) {
        // A key that is not seen has no score.
        if (weight(s) === 0) continue;
        const score = scores[(h * queries + t) * keys + s] ?? NaN;
        const cap = softCap === null ? 1 : 1 - (score / softCap) ** 2;
        const byProduct = weight(s) * (value - mean) * cap * layer.scale;
        for (let i = 0; i < d; i++) {
          add(result.q, (t * heads + h) * d + i, byProduct * read(values.k, layer.k, kh, s, i));
          add(result.k, (s * keyHeads + kh) * d + i, byProduct * read(values.q, layer.q, h, t, i));
          add(result.v, (s * keyHeads + kh) * d + i, weight(s) * above(i));
        }
      }
    }
  }
  return result;
}
