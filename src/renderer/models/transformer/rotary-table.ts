/** How far the pairs of a head are turned at each position (Su et al. 2021), and its variants for long texts. */
export interface Rotary {
  /** Elements of a head that are turned; a multiple of 2. The others stay as they are. */
  readonly width: number;
  /** For texts of `length` tokens, since some variants depend on it. */
  readonly frequencies: (length: number) => RotaryFrequencies;
}

export interface RotaryFrequencies {
  /** [width / 2]: pair i turns by position · inverse[i] radians. */
  readonly inverse: ArrayLike<number>;
  /** Multiplies cosines and sines. */
  readonly factor: number;
}

/** Cosine and sine of every pair at every position, [length, pairs, 2]; angles are rounded to f32 as the reference's are. */
export function rotaryTable(
  { inverse, factor }: RotaryFrequencies,
  length: number,
): Float32Array<ArrayBuffer> {
  const pairs = inverse.length;
  const table = new Float32Array(length * pairs * 2);
  for (let position = 0; position < length; position++)
    for (let i = 0; i < pairs; i++) {
      const angle = Math.fround(position * Math.fround(inverse[i] ?? 0));
      const place = (position * pairs + i) * 2;
      table[place] = Math.cos(angle) * factor;
      table[place + 1] = Math.sin(angle) * factor;
    }
  return table;
}

/** True when both turn every pair alike. */
export function sameFrequencies(a: RotaryFrequencies, b: RotaryFrequencies): boolean {
  if (a.factor !== b.factor || a.inverse.length !== b.inverse.length) return false;
  return Array.from(a.inverse).every((value, i) => value === b.inverse[i]);
}
