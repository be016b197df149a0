/** Σ (x − centre), Σ (x − centre)², zeros and count of the finite values; in float64. */
export function referenceMoments(
  values: ArrayLike<number>,
  centre: number,
): [number, number, number, number] {
  const finite = Array.from(values).filter(Number.isFinite);
  const sum = (of: (value: number) => number) => finite.reduce((total, value) => total + of(value), 0);
  return [
    sum((value) => value - centre),
    sum((value) => (value - centre) ** 2),
    finite.filter((value) => value === 0).length,
    finite.length,
  ];
}
