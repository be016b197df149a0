/** Merges of a BPE that keeps only its pieces and their scores (sentencepiece) or ranks (tiktoken). */
import { HeadgateError } from '../error.ts';

/** Characters of the longest piece that is taken apart; those of models have some dozens. */
const LONGEST = 255;
/** Merges of a vocabulary: those with 262,144 pieces have up to 581,000. */
const MOST_MERGES = 700_000;

/** Pairs of ids, the merge that is made first in front. */
export interface Merges {
  readonly count: number;
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** A way to make a piece of two others. */
interface Cut {
  readonly first: number;
  readonly second: number;
  /** Characters of both. */
  readonly sizes: readonly [number, number];
}

class Found implements Merges {
  first = new Uint32Array(4096);
  second = new Uint32Array(4096);
  count = 0;

  /** @throws HeadgateError `bad-tokenizer` for too many */
  add({ first, second }: Cut): void {
    if (this.count === MOST_MERGES)
      throw new HeadgateError(
        'bad-tokenizer',
        `The vocabulary has more than ${MOST_MERGES.toLocaleString('en-US')} ways to make a piece of two others.`,
        'Put the model’s tokenizer.json beside its weights: it lists the merges that count.',
      );
    if (this.count === this.first.length) {
      this.first = doubled(this.first);
      this.second = doubled(this.second);
    }
    this.first[this.count] = first;
    this.second[this.count++] = second;
  }
}

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

/** The ways to make a piece of two others, by the ids of these. */
function cutsOf(piece: string, known: ReadonlyMap<string, number>): Cut[] {
  if (piece.length > LONGEST) return [];
  const characters = [...piece];
  const cuts: Cut[] = [];
  let left = '';
  for (let size = 1; size < characters.length; size++) {
    left += characters[size - 1] ?? '';
    const first = known.get(left);
    const second = first === undefined ? undefined : known.get(piece.slice(left.length));
    if (first !== undefined && second !== undefined)
      cuts.push({ first, second, sizes: [size, characters.length - size] });
  }
  return cuts.sort((a, b) => a.first - b.first || a.second - b.second);
}

/**
 * Every way to make a piece of two others, best score first, as Transformers' `generate_merges` orders them: of equal
 * scores those with the longer parts first, and else in the order of the pieces.
 * @param known ids by piece, at most 2^20
 * @param scores by id
 * @throws HeadgateError `bad-tokenizer` for too many
 */
export function mergesByScore(known: ReadonlyMap<string, number>, scores: Float32Array): Merges {
  const places = placesOf(scores);
  const found = new Found();
  // One number of 64 bits a merge: the place of its score (20 bits), the sizes of both parts turned round (8 bits each),
  // its number here (24 bits). The lower half lies first.
  let keys = new Uint32Array(8192);
  for (const [piece, id] of known)
    for (const cut of cutsOf(piece, known)) {
      if (2 * found.count === keys.length) keys = doubled(keys);
      keys[2 * found.count] = (LONGEST - cut.sizes[1]) * 2 ** 24 + found.count;
      keys[2 * found.count + 1] = (places[id] ?? 0) * 2 ** 8 + LONGEST - cut.sizes[0];
      found.add(cut);
    }
  new BigUint64Array(keys.buffer, 0, found.count).sort();
  const order = (ids: Uint32Array) =>
    Uint32Array.from({ length: found.count }, (_, k) => ids[(keys[2 * k] ?? 0) % 2 ** 24] ?? 0);
  return { count: found.count, first: order(found.first), second: order(found.second) };
}

/** For each id the place of its score among all, the best being 0; equal scores have one place. */
function placesOf(scores: Float32Array): Uint32Array {
  const sorted = scores.slice().sort();
  const best = sorted.length - 1;
  return Uint32Array.from(scores, (score) => best - lastAtMost(sorted, score));
}

/** The last place of a sorted list with a number that is not above `wanted`. */
function lastAtMost(sorted: Float32Array, wanted: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Every way to make a piece of two others, lowest rank first, as Transformers' `TikTokenConverter` orders them.
 * @param known ranks by piece, which are their ids too
 * @throws HeadgateError `bad-tokenizer` for too many
 */
export function mergesByRank(known: ReadonlyMap<string, number>): Merges {
  const found = new Found();
  for (const [piece] of [...known].sort(([, a], [, b]) => a - b))
    for (const cut of cutsOf(piece, known)) found.add(cut);
  return found;
}
