/** fastText's parts of words (https://fasttext.cc, dictionary.cc): character n-grams of `<word>`, hashed into buckets. */

export interface SubwordRules {
  /** Characters of the shortest and the longest part. */
  readonly min_n: number;
  readonly max_n: number;
  /** Number of buckets. */
  readonly buckets: number;
}

/** FNV-1a over bytes, each extended with its sign, as fastText has it. */
function hash(bytes: Uint8Array): number {
  let value = 2166136261;
  for (const byte of bytes) {
    value = (value ^ (byte > 127 ? byte | 0xffffff00 : byte)) >>> 0;
    value = Math.imul(value, 16777619) >>> 0;
  }
  return value;
}

const encoder = new TextEncoder();

/** The buckets of a word's parts, in fastText's order; a part that comes twice counts twice. */
export function bucketsOf(word: string, { min_n: least, max_n: most, buckets }: SubwordRules): number[] {
  const characters = [...`<${word}>`];
  const found: number[] = [];
  if (buckets < 1) return found;
  for (let from = 0; from < characters.length; from++)
    for (let n = 1; n <= most && from + n <= characters.length; n++) {
      // One character alone at either end is the mark of the end.
      const isEnd = n === 1 && (from === 0 || from + n === characters.length);
      if (n >= least && !isEnd)
        found.push(hash(encoder.encode(characters.slice(from, from + n).join(''))) % buckets);
    }
  return found;
}
