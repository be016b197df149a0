/** out[t] = scale · table[ids[t]] + positions[first + t] for rows of `width` values. */
export function referenceEmbedding(
  ids: ArrayLike<number>,
  table: ArrayLike<number>,
  width: number,
  positions: ArrayLike<number> | null = null,
  first = 0,
  scale = 1,
): Float64Array {
  const out = new Float64Array(ids.length * width);
  for (let t = 0; t < ids.length; t++)
    for (let i = 0; i < width; i++)
      out[t * width + i] =
        scale * (table[(ids[t] ?? NaN) * width + i] ?? NaN) +
        (positions === null ? 0 : (positions[(first + t) * width + i] ?? NaN));
  return out;
}
