/** A key and the weight that a query gives it. */
export interface KeyWeight {
  readonly key: number;
  readonly weight: number;
}

/** The keys with the largest weights of a row, largest first; equal ones in the order of the text. */
export function strongest(row: ArrayLike<number>, count: number): readonly KeyWeight[] {
  return Array.from(row, (weight, key) => ({ key, weight }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.key - b.key)
    .slice(0, count);
}
