/** Inner products of all columns, or of all rows, of a row-major matrix [rows, columns], in float64. */
export function referenceGram(
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  of: 'columns' | 'rows',
): Float64Array {
  const [side, length] = of === 'columns' ? [columns, rows] : [rows, columns];
  const at = (vector: number, i: number) =>
    (of === 'columns' ? matrix[i * columns + vector] : matrix[vector * columns + i]) ?? 0;
  const gram = new Float64Array(side * side);
  for (let a = 0; a < side; a++)
    for (let b = 0; b < side; b++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += at(a, i) * at(b, i);
      gram[a * side + b] = sum;
    }
  return gram;
}
