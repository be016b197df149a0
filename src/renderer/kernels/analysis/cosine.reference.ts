/**
 * Cosine of the angle between each row of `matrix` [·, D] and `vector` [D] in float64; 0 where either is 0, NaN
 * where one holds NaN or an infinity.
 */
export function referenceCosines(matrix: ArrayLike<number>, vector: ArrayLike<number>): Float64Array {
  const columns = vector.length;
  const length = (at: number, from: ArrayLike<number>) => {
    let square = 0;
    for (let i = 0; i < columns; i++) square += (from[at + i] ?? 0) ** 2;
    return Math.sqrt(square);
  };
  return Float64Array.from({ length: matrix.length / columns }, (_, row) => {
    let inner = 0;
    for (let i = 0; i < columns; i++) inner += (matrix[row * columns + i] ?? 0) * (vector[i] ?? 0);
    const scale = length(row * columns, matrix) * length(0, vector);
    return scale === 0 ? 0 : Number.isFinite(scale) ? inner / scale : NaN;
  });
}
