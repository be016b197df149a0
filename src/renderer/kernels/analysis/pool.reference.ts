/** Pooling in float64: `rectangle` [R, C] to [height, width] cells of their largest value or mean. */
export function referencePool(
  rectangle: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  { height, width, pool }: { readonly height: number; readonly width: number; readonly pool: 'max' | 'mean' },
): Float64Array {
  const cells = new Float64Array(height * width);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const values: number[] = [];
      for (let t = Math.floor((i * rows) / height); t < Math.floor(((i + 1) * rows) / height); t++)
        for (let s = Math.floor((j * columns) / width); s < Math.floor(((j + 1) * columns) / width); s++)
          values.push(rectangle[t * columns + s] ?? 0);
      cells[i * width + j] =
        pool === 'max'
          ? values.reduce((most, value) => Math.max(most, value), -Infinity)
          : values.reduce((sum, value) => sum + value, 0) / values.length;
    }
  return cells;
}
