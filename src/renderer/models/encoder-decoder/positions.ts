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
