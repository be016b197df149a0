/** Counts by bins of equal width over [low, high], then below, above, and no number; in float64. */
export function referenceHistogram(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  bins: number,
): number[] {
  const counts = new Array<number>(bins + 3).fill(0);
  for (const value of Array.from(values)) {
    const place = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    const bin = Number.isNaN(value) ? bins + 2 : value < low ? bins : value > high ? bins + 1 : place;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
