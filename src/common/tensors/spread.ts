/** How values are spread, in float64 on the CPU: what a shell prints, and the reference of what the GPU counts. */

export interface Spread {
  readonly count: number;
  readonly zeros: number;
  readonly nan: number;
  readonly infinite: number;
  /** Of the finite values; null where there is none. */
  readonly least: number | null;
  readonly largest: number | null;
  readonly mean: number | null;
  /** Root of the mean squared deviation. */
  readonly std: number | null;
}

/** One pass: deviations are taken from a running mean (Welford 1962). */
export async function spreadOf(pieces: AsyncIterable<Float32Array>): Promise<Spread> {
  let [count, zeros, nan, infinite, finite, least, largest, mean, squares] = [
    0,
    0,
    0,
    0,
    0,
    Infinity,
    -Infinity,
    0,
    0,
  ];
  for await (const piece of pieces)
    for (const value of piece) {
      count++;
      if (Number.isNaN(value)) nan++;
      else if (!Number.isFinite(value)) infinite++;
      else {
        finite++;
        if (value === 0) zeros++;
        if (value < least) least = value;
        if (value > largest) largest = value;
        const away = value - mean;
        mean += away / finite;
        squares += away * (value - mean);
      }
    }
  if (finite === 0) return { count, zeros, nan, infinite, least: null, largest: null, mean: null, std: null };
  return { count, zeros, nan, infinite, least, largest, mean, std: Math.sqrt(squares / finite) };
}
