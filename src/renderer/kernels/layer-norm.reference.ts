/** Layer norm of rows of `width` values in float64: (x − mean) / √(variance + epsilon) · weight + bias. */
export function layerNormReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  epsilon: number,
): Float64Array {
  const width = weight.length;
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    let mean = 0;
    for (let i = 0; i < width; i++) mean += (x[start + i] ?? NaN) / width;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += ((x[start + i] ?? NaN) - mean) ** 2 / width;
    for (let i = 0; i < width; i++)
      out[start + i] =
        (((x[start + i] ?? NaN) - mean) / Math.sqrt(variance + epsilon)) * (weight[i] ?? NaN) +
        (bias[i] ?? NaN);
  }
  return out;
}
