import type { Token } from '../runs/run.ts';

/** A text, or a pair of texts, that somebody typed. */
export interface Texts {
  readonly text: string;
  readonly pair: string | null;
}

/**
 * Cuts texts at a token's first character, so that about `most` tokens are left; of a pair the longer one is cut first.
 * The tokens of what is left may differ at the cut: whoever calls counts again.
 * @param tokens all tokens of a run's input
 * @param shift character i of the text is character i + shift of what was tokenized
 * @returns null when no text can be cut that far
 */
export function cutToFit(
  { text, pair }: Texts,
  tokens: readonly Token[],
  shift: number,
  most: number,
): Texts | null {
  const starts = (ofPair: boolean, within: string, by: number) =>
    tokens.flatMap(({ span, ofPair: isOfPair = false }) => {
      if (span === null || isOfPair !== ofPair) return [];
      const start = span[0] - by;
      return start >= 0 && start < within.length ? [start] : [];
    });
  const first = starts(false, text, shift);
  const second = pair === null ? [] : starts(true, pair, 0);
  let [kept, keptOfPair] = [first.length, second.length];
  for (let excess = tokens.length - most; excess > 0; excess--) {
    if (kept >= keptOfPair) kept--;
    else keptOfPair--;
  }
  if (kept < 0 || keptOfPair < 0 || kept + keptOfPair === 0) return null;
  return { text: text.slice(0, first[kept]), pair: pair === null ? null : pair.slice(0, second[keptOfPair]) };
}
