/** Which words of an output differ from a reference's. */

/** A word of a text made of tokens. */
export interface Word {
  readonly text: string;
  /** Tokens that it is made of, [from, to). */
  readonly tokens: readonly [number, number];
}

/** Words of a text that is given as tokens: stretches between white space. @param texts of the tokens, white space included */
export function wordsOf(texts: readonly string[]): Word[] {
  const words: { text: string; from: number; to: number }[] = [];
  let open = false;
  for (const [index, text] of texts.entries())
    for (const part of text.split(/(\s+)/)) {
      if (part === '') continue;
      const last = words.at(-1);
      if (part.trim() === '') open = false;
      else if (open && last !== undefined) {
        last.text += part;
        last.to = index + 1;
      } else {
        words.push({ text: part, from: index, to: index + 1 });
        open = true;
      }
    }
  return words.map(({ text, from, to }) => ({ text, tokens: [from, to] }));
}

/**
 * True for each of `words` that is in no longest common subsequence with the reference: what was added or put in the place
 * of another word. O(n·m).
 */
export function differing(words: readonly string[], reference: readonly string[]): boolean[] {
  const [n, m] = [words.length, reference.length];
  const width = m + 1;
  /** Length of the longest common subsequence of words from i and of the reference from j on. */
  const lengths = new Uint32Array((n + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      lengths[i * width + j] =
        words[i] === reference[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const result = words.map(() => true);
  for (let [i, j] = [0, 0]; i < n && j < m;) {
    if (words[i] === reference[j]) {
      result[i++] = false;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return result;
}
