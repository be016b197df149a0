/** Tables of positions that are computed, not learned. */

/**
 * Vaswani et al.'s sines and cosines as Marian orders them: [positions, width], all sines of a position before its
 * cosines; of an odd width the sines have one more.
 */
export function sinusoids(positions: number, width: number): Float32Array<ArrayBuffer> {
  const table = new Float32Array(positions * width);
  const sines = Math.ceil(width / 2);
  for (let position = 0; position < positions; position++)
    for (let i = 0; i < width; i++) {
      const pair = i < sines ? i : i - sines;
      const angle = position / 10000 ** ((2 * pair) / width);
      table[position * width + i] = i < sines ? Math.sin(angle) : Math.cos(angle);
    }
  return table;
}

/** Which row of T5's table a distance has, key − query in tokens (Raffel et al. 2020; after Mesh TensorFlow). */
function relativeBucket(distance: number, { bidirectional, buckets, maxDistance }: BucketOptions): number {
  const count = bidirectional ? buckets / 2 : buckets;
  const first = bidirectional && distance > 0 ? count : 0;
  const size = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  // Half of the buckets are for one distance each, the others get wider by a factor.
  const exact = Math.floor(count / 2);
  if (size < exact) return first + size;
  // In f32, as the reference computes it: the edges of buckets depend on the rounding.
  const share = Math.fround(
    Math.fround(Math.log(Math.fround(size / exact))) / Math.fround(Math.log(maxDistance / exact)),
  );
  return first + Math.min(count - 1, exact + Math.trunc(Math.fround(share * (count - exact))));
}

export interface BucketOptions {
  /** Later keys have buckets of their own; else they share that of distance 0. */
  readonly bidirectional: boolean;
  readonly buckets: number;
  readonly maxDistance: number;
}

/**
 * The bias of every distance, [H, 2·reach − 1]: element reach − 1 + (key − query) of a head.
 * @param table [buckets, H]
 */
export function relativeBias(
  table: ArrayLike<number>,
  heads: number,
  reach: number,
  options: BucketOptions,
): Float32Array<ArrayBuffer> {
  const span = 2 * reach - 1;
  const bias = new Float32Array(heads * span);
  for (let i = 0; i < span; i++) {
    const bucket = relativeBucket(i - reach + 1, options);
    for (let head = 0; head < heads; head++) bias[head * span + i] = table[bucket * heads + head] ?? 0;
  }
  return bias;
}
