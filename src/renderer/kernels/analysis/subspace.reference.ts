/** Steps of block subspace iteration in float64, over vectors that are given as rows. */

/** A symmetric row-major matrix [m, m] times each vector. */
export function referenceProduct(
  matrix: ArrayLike<number>,
  vectors: readonly (readonly number[])[],
): number[][] {
  return vectors.map((vector) =>
    vector.map((_, i) =>
      vector.reduce((sum, value, j) => sum + (matrix[i * vector.length + j] ?? 0) * value, 0),
    ),
  );
}

/** Gram-Schmidt: unit vectors, each without its part along those before it; what is left of a dependent one is 0. */
export function referenceOrthonormal(vectors: readonly (readonly number[])[]): number[][] {
  const result: number[][] = [];
  for (const vector of vectors) {
    let rest = [...vector];
    for (let pass = 0; pass < 2; pass++)
      for (const other of result) {
        const along = dot(rest, other);
        rest = rest.map((value, i) => value - along * (other[i] ?? 0));
      }
    const length = Math.hypot(...rest);
    const isDependent = length <= 1e-6 * Math.hypot(...vector);
    result.push(rest.map((value) => (isDependent ? 0 : value / length)));
  }
  return result;
}

/** Inner products of all pairs of two sets of vectors, row-major. */
export function referenceQuotients(
  vectors: readonly (readonly number[])[],
  products: readonly (readonly number[])[],
): number[] {
  return vectors.flatMap((vector) => products.map((product) => dot(vector, product)));
}

/** Each row of `rotation` as the weights of a sum of vectors. */
export function referenceRotate(
  vectors: readonly (readonly number[])[],
  rotation: readonly (readonly number[])[],
): number[][] {
  return rotation.map((weights) =>
    (vectors[0] ?? []).map((_, i) =>
      weights.reduce((sum, weight, j) => sum + weight * (vectors[j]?.[i] ?? 0), 0),
    ),
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
