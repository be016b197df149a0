/** `lanes` in float64: x [T, H] to [rows, columns] cells of their mean or the value of largest size, the `units` of x in the given order, or some of them. */
export function referenceLanes(
  x: ArrayLike<number>,
  order: readonly number[],
  rows: number,
  columns: number,
  pool: 'mean' | 'largest',
  units = order.length,
): Float64Array {
  const shown = order.length;
  const steps = x.length / units;
  const cells = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let largest = 0;
      let sum = 0;
      let count = 0;
      for (let u = Math.floor((i * shown) / rows); u < Math.floor(((i + 1) * shown) / rows); u++)
        for (let t = Math.floor((j * steps) / columns); t < Math.floor(((j + 1) * steps) / columns); t++) {
          const value = x[t * units + (order[u] ?? 0)] ?? NaN;
          sum += value;
          count++;
          if (Math.abs(value) > Math.abs(largest)) largest = value;
        }
      cells[i * columns + j] = pool === 'mean' ? sum / count : largest;
    }
  return cells;
}
