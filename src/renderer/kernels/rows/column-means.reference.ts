/** Means of the columns of a row-major matrix [·, columns] in float64. */
export function referenceColumnMeans(matrix: ArrayLike<number>, columns: number): Float64Array {
  const means = new Float64Array(columns);
  const rows = matrix.length / columns;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      means[column] = (means[column] ?? 0) + (matrix[row * columns + column] ?? 0) / rows;
  return means;
}

/** The matrix less its columns' means, in float64. */
export function referenceCentre(matrix: ArrayLike<number>, columns: number): Float64Array {
  const means = referenceColumnMeans(matrix, columns);
  return Float64Array.from(matrix, (value, index) => value - (means[index % columns] ?? 0));
}
