/**
 * Rotary positions in float64: x [T, H, d] → the same with pairs (i, i + pairs) of each head turned.
 * @param table [positions, pairs, 2], cosines and sines; token 0 stands at position `first`
 */
export function referenceRotary(
  x: ArrayLike<number>,
  [T, H, d]: readonly [number, number, number],
  table: ArrayLike<number>,
  pairs: number,
  first: number,
): Float64Array {
  const out = Float64Array.from(x);
  for (let t = 0; t < T; t++)
    for (let h = 0; h < H; h++)
      for (let i = 0; i < pairs; i++) {
        const cosine = table[((first + t) * pairs + i) * 2] ?? NaN;
        const sine = table[((first + t) * pairs + i) * 2 + 1] ?? NaN;
        const low = (t * H + h) * d + i;
        const a = x[low] ?? NaN;
        const b = x[low + pairs] ?? NaN;
        out[low] = a * cosine - b * sine;
        out[low + pairs] = b * cosine + a * sine;
      }
  return out;
}
