/** Merges of a BPE that keeps only its pieces and their scores (sentencepiece) or ranks (tiktoken). */
import { HeadgateError } from '../error.ts';

/** Characters of the longest piece that is taken apart; those of models have some dozens. */
const LONGEST = 256;
/** Merges of a vocabulary: those with 262,144 pieces have up to 581,000. */
const MOST_MERGES = 1_000_000;

function checkCount(count: number): void {
  if (count > MOST_MERGES)
    throw new HeadgateError(
      'bad-tokenizer',
      `The vocabulary has more than ${MOST_MERGES.toLocaleString('en-US')} ways to make a piece of two others.`,
      'Put the model’s tokenizer.json beside its weights: it lists the merges that count.',
    );
}

/**
 * Every way to make a piece of two others, best score first, as Transformers' `generate_merges` orders them.
 * @param scores by id
 * @returns pairs of pieces
 * @throws HeadgateError `bad-tokenizer` for too many
 */
export function mergesByScore(
  ids: Readonly<Record<string, number>>,
  scores: Float32Array,
): (readonly [string, string])[] {
  const known = new Map(Object.entries(ids));
  const found: { pair: readonly [string, string]; score: number; sizes: readonly [number, number] }[] = [];
  for (const [piece, id] of known) {
    if (piece.length > LONGEST) continue;
    const characters = [...piece];
    const own: { pair: readonly [string, string]; order: readonly [number, number]; size: number }[] = [];
    for (
      let size = 1, left = characters[0] ?? '';
      size < characters.length;
      left += characters[size++] ?? ''
    ) {
      const first = known.get(left);
      if (first === undefined) continue;
      const right = piece.slice(left.length);
      const second = known.get(right);
      if (second !== undefined) own.push({ pair: [left, right], order: [first, second], size });
    }
    own.sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
    for (const { pair, size } of own)
      found.push({ pair, score: scores[id] ?? 0, sizes: [size, characters.length - size] });
    checkCount(found.length);
  }
  found.sort((a, b) => b.score - a.score || b.sizes[0] - a.sizes[0] || b.sizes[1] - a.sizes[1]);
  return found.map(({ pair }) => pair);
}

/**
 * Every way to make a piece of two others, lowest rank first, as Transformers' `TikTokenConverter` orders them.
 * @param ranks by piece, which are their ids too
 * @returns pairs of pieces
 * @throws HeadgateError `bad-tokenizer` for too many
 */
export function mergesByRank(ranks: Readonly<Record<string, number>>): (readonly [string, string])[] {
  const known = new Map(Object.entries(ranks));
  const found: { pair: readonly [string, string]; order: readonly [number, number, number] }[] = [];
  for (const [piece, rank] of known) {
    if (piece.length > LONGEST) continue;
    for (let size = 1; size < piece.length; size++) {
      const [left, right] = [piece.slice(0, size), piece.slice(size)];
      const [first, second] = [known.get(left), known.get(right)];
      if (first !== undefined && second !== undefined)
        found.push({ pair: [left, right], order: [rank, first, second] });
    }
    checkCount(found.length);
  }
  found.sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1] || a.order[2] - b.order[2]);
  return found.map(({ pair }) => pair);
}
