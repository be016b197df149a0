/** One row's k largest values in float64, best first; among equal values the lower column comes first. */
export function referenceTopK(
  row: ArrayLike<number>,
  k: number,
): { readonly column: number; readonly value: number; readonly share: number }[] {
  const values = Array.from(row);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
  return values
    .map((value, column) => ({ column, value, share: Math.exp(value - largest) / sum }))
    .sort((a, b) => b.value - a.value || a.column - b.column)
    .slice(0, k);
}
