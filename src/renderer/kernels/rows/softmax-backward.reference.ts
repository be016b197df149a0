/** weights ⊙ (gradient − Σ weights ⊙ gradient) of rows of `width` values, in float64. */
export function referenceSoftmaxBackward(
  weights: ArrayLike<number>,
  gradient: ArrayLike<number>,
  width: number,
): Float64Array {
  const out = new Float64Array(weights.length);
  for (let start = 0; start < weights.length; start += width) {
    let mean = 0;
    for (let i = start; i < start + width; i++) mean += (weights[i] ?? NaN) * (gradient[i] ?? NaN);
    for (let i = start; i < start + width; i++) out[i] = (weights[i] ?? NaN) * ((gradient[i] ?? NaN) - mean);
  }
  return out;
}
