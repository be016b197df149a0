/** Layer norm of rows of `width` values in float64: (x − mean) / √(variance + epsilon) · weight + bias. */
export function referenceLayerNorm(
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

/** RMS norm of rows in float64: x / √(mean of x² + epsilon) · (weight + weightShift). */
export function referenceRmsNorm(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  epsilon: number,
  weightShift = 0,
): Float64Array {
  const width = weight.length;
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (x[start + i] ?? NaN) ** 2 / width;
    for (let i = 0; i < width; i++)
      out[start + i] =
        ((x[start + i] ?? NaN) / Math.sqrt(squares + epsilon)) * ((weight[i] ?? NaN) + weightShift);
  }
  return out;
}
