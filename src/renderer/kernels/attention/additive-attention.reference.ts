/** Additive attention in float64, a page of loops: R queries [R, A] against S keys [S, A]. */
export function referenceAdditiveScores(
  query: ArrayLike<number>,
  key: ArrayLike<number>,
  v: ArrayLike<number>,
  bias: number,
): Float64Array {
  const A = v.length;
  const R = query.length / A;
  const S = key.length / A;
  const scores = new Float64Array(R * S);
  for (let r = 0; r < R; r++)
    for (let s = 0; s < S; s++) {
      let sum = bias;
      for (let a = 0; a < A; a++)
        sum += (v[a] as number) * Math.tanh((query[r * A + a] as number) + (key[s * A + a] as number));
      scores[r * S + s] = sum;
    }
  return scores;
}

/** ∂y/∂query [A] and ∂y/∂key [S, A] of the scores of one query, from ∂y/∂scores [S]. */
export function referenceAdditiveBackward(
  query: ArrayLike<number>,
  key: ArrayLike<number>,
  v: ArrayLike<number>,
  gradient: ArrayLike<number>,
): { readonly byQuery: Float64Array; readonly byKey: Float64Array } {
  const A = v.length;
  const byQuery = new Float64Array(A);
  const byKey = new Float64Array(key.length);
  for (let s = 0; s < key.length / A; s++)
    for (let a = 0; a < A; a++) {
      const t = Math.tanh((query[a] as number) + (key[s * A + a] as number));
      const z = (gradient[s] as number) * (v[a] as number) * (1 - t * t);
      byKey[s * A + a] = z;
      byQuery[a] = (byQuery[a] as number) + z;
    }
  return { byQuery, byKey };
}

/** Softmax of each row over the keys that are there, and the weighted sum of keys [S, K]; all hidden: zeros. */
export function referenceAttend(
  scores: ArrayLike<number>,
  mask: readonly number[],
  key: ArrayLike<number>,
): { readonly weights: Float64Array; readonly context: Float64Array } {
  const S = mask.length;
  const R = scores.length / S;
  const K = key.length / S;
  const weights = new Float64Array(R * S);
  const context = new Float64Array(R * K);
  for (let r = 0; r < R; r++) {
    const seen = mask.flatMap((there, s) => (there === 0 ? [] : [s]));
    const most = Math.max(...seen.map((s) => scores[r * S + s] as number));
    const sum = seen.reduce((total, s) => total + Math.exp((scores[r * S + s] as number) - most), 0);
    for (const s of seen) {
      const weight = Math.exp((scores[r * S + s] as number) - most) / sum;
      weights[r * S + s] = weight;
      for (let k = 0; k < K; k++)
        context[r * K + k] = (context[r * K + k] as number) + weight * (key[s * K + k] as number);
    }
  }
  return { weights, context };
}
