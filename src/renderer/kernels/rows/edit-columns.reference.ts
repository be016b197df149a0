/** x [T, D] with columns [from, to) replaced by factor · x + means. */
export function referenceEditColumns(
  x: ArrayLike<number>,
  width: number,
  [from, to]: readonly [number, number],
  factor: number,
  means?: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(x, (value, i) => {
    const column = i % width;
    return column >= from && column < to ? factor * value + (means?.[column] ?? 0) : value;
  });
}
