/** The same pseudo-random numbers for ours and for the peers (mulberry32), in [−1, 1). */
export function random(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return new Float32Array(length).map(() => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}
