/** Places of the rows of `source` [·, D], less `means` [D], along axes that are given as rows, in float64. */
export function referenceProject(
  source: ArrayLike<number>,
  means: ArrayLike<number>,
  axes: readonly (readonly number[])[],
): Float64Array {
  const columns = means.length;
  const rows = source.length / columns;
  const points = new Float64Array(rows * axes.length);
  for (let row = 0; row < rows; row++)
    axes.forEach((axis, k) => {
      let sum = 0;
      for (let i = 0; i < columns; i++)
        sum += ((source[row * columns + i] ?? 0) - (means[i] ?? 0)) * (axis[i] ?? 0);
      points[row * axes.length + k] = sum;
    });
  return points;
}

/** An axis with length 1 and its largest entry (the first of equals) positive; 0 stays 0. */
export function referenceAxis(axis: readonly number[]): number[] {
  const length = Math.hypot(...axis);
  if (length === 0) return axis.map(() => 0);
  const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return axis.map((value) => (value * Math.sign(largest)) / length);
}
