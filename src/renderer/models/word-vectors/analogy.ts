/** Sums of word vectors as text: `king - man + woman`. */
import type { Token } from '../../runs/run.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';

/** What stands between words, and the sign that it gives to the next one. */
const SIGNS: Readonly<Record<string, 1 | -1>> = { '+': 1, '-': -1, '−': -1, '–': -1 };

/** An operator that stands alone, or what stands between two of them. */
const PARTS = /(?<!\S)[+\-−–](?!\S)|\S+(?:\s+(?![+\-−–](?!\S))\S+)*/g;

/** A word with the sign under which it enters the sum. */
export interface Term {
  readonly token: Token;
  readonly sign: 1 | -1;
}

/**
 * The words of a text, each with its sign; `isSum` when an operator stands among them. An operator stands alone, with
 * white space on both sides, so that words with hyphens are words.
 */
export async function parseTerms(
  text: string,
  tokenizer: Pick<Tokenizer, 'encode'>,
  signal?: AbortSignal,
): Promise<{ readonly terms: readonly Term[]; readonly isSum: boolean }> {
  const terms: Term[] = [];
  let isSum = false;
  let sign: 1 | -1 = 1;
  // What stands between two operators is one text: words may have spaces.
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    const operator = SIGNS[part];
    if (operator !== undefined) {
      sign = operator;
      isSum = true;
      continue;
    }
    const wordEnd = part.search(/\s/);
    for (const token of await tokenizer.encode(part, signal)) {
      const [from = 0, to = 0] = token.span ?? [];
      const span = token.span === null ? null : ([from + index, to + index] as const);
      // The sign is the next word's; a word without an operator before it is added.
      const isFirst = wordEnd === -1 || from < wordEnd;
      terms.push({ token: { ...token, span }, sign: isFirst ? sign : 1 });
    }
    sign = 1;
  }
  return { terms, isSum };
}

/** Σ sign · v / ‖v‖ over rows [terms, D]: words count the same whatever their length (Mikolov et al. 2013). */
export function signedSum(
  rows: ArrayLike<number>,
  signs: readonly (1 | -1)[],
  width: number,
): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(width);
  for (const [i, sign] of signs.entries()) {
    let squares = 0;
    for (let d = 0; d < width; d++) squares += (rows[i * width + d] ?? 0) ** 2;
    const scale = squares > 0 ? sign / Math.sqrt(squares) : 0;
    for (let d = 0; d < width; d++) sum[d] = (sum[d] ?? 0) + scale * (rows[i * width + d] ?? 0);
  }
  return sum;
}
