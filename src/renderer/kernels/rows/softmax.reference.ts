/** Softmax of rows of `width` values in float64; a row of nothing but −∞ becomes zeros. */
export function referenceSoftmax(x: ArrayLike<number>, width: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    let most = -Infinity;
    for (let i = 0; i < width; i++) most = Math.max(most, x[start + i] ?? NaN);
    if (most === -Infinity) continue;
    let sum = 0;
    for (let i = 0; i < width; i++) sum += Math.exp((x[start + i] ?? NaN) - most);
    for (let i = 0; i < width; i++) out[start + i] = Math.exp((x[start + i] ?? NaN) - most) / sum;
  }
  return out;
}
