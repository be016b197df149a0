/** Values of units as fewer cells: each the mean of its units, or the value of largest size with its sign. */
export function pooled(values: Float32Array, rows: number, pool: 'mean' | 'largest'): Float32Array {
  if (rows >= values.length) return values;
  return Float32Array.from({ length: rows }, (_, row) => {
    const part = values.subarray(
      Math.floor((row * values.length) / rows),
      Math.floor(((row + 1) * values.length) / rows),
    );
    if (pool === 'mean') return part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce(
      (most, value) => (Math.abs(value) > Math.abs(most) || Number.isNaN(value) ? value : most),
      0,
    );
  });
}
