/** Byte-pair encoding (Sennrich et al. 2016): characters become pieces by merges, the earliest of the list first. */
import type { Json } from '../json.ts';
import { byteName } from './pieces.ts';

/** Words that are remembered with their pieces, and the longest of them. */
const MOST_WORDS = 10_000;
const LONGEST_WORD = 256;

interface Merge {
  readonly rank: number;
  readonly piece: string;
}

/**
 * @param config “model” of tokenizer.json, checked
 * @returns the pieces of a stretch of text
 */
export function bytePairs(
  config: Json,
  ids: ReadonlyMap<string, number>,
): (text: string) => readonly string[] {
  const merges = mergesOf(config);
  const first = firstPieces(config, ids);
  const known = new Map<string, readonly string[]>();
  const isWhole = config['ignore_merges'] === true;
  return (text) => {
    if (isWhole && ids.has(text)) return [text];
    const before = known.get(text);
    if (before !== undefined) return before;
    const pieces = mergeAll(first(text), merges);
    if (text.length < LONGEST_WORD) {
      if (known.size >= MOST_WORDS) known.clear();
      known.set(text, pieces);
    }
    return pieces;
  };
}

/** By the first piece, then by the second. */
type Merges = ReadonlyMap<string, ReadonlyMap<string, Merge>>;

function mergesOf({ merges, continuing_subword_prefix: prefix }: Json): Merges {
  const found = new Map<string, Map<string, Merge>>();
  const skipped = typeof prefix === 'string' ? prefix.length : 0;
  for (const [rank, merge] of (Array.isArray(merges) ? merges : []).entries()) {
    if (typeof merge === 'string' && merge.startsWith('#version')) continue;
    const [a = '', b = ''] = typeof merge === 'string' ? merge.split(' ') : (merge as readonly string[]);
    const after = found.get(a) ?? new Map<string, Merge>();
    found.set(a, after.set(b, { rank, piece: a + b.slice(skipped) }));
  }
  return found;
}

/** A text's characters as pieces: with their marks, as bytes, or as the unknown piece where the vocabulary lacks them. */
function firstPieces(config: Json, ids: ReadonlyMap<string, number>): (text: string) => string[] {
  const part = (name: string) => (typeof config[name] === 'string' ? config[name] : '');
  const [prefix, suffix] = [part('continuing_subword_prefix'), part('end_of_word_suffix')];
  const unknown = typeof config['unk_token'] === 'string' ? config['unk_token'] : null;
  const isFused = config['fuse_unk'] === true;
  const hasBytes = config['byte_fallback'] === true;
  return (text) => {
    const characters = [...text];
    const pieces: string[] = [];
    // As in the Rust library, unknown pieces wait for a known character: bytes between them come first.
    let waiting = 0;
    const pushUnknown = () => {
      for (; waiting > 0; waiting--) pieces.push(unknown ?? '');
    };
    for (const [index, character] of characters.entries()) {
      const piece = (index > 0 ? prefix : '') + character + (index === characters.length - 1 ? suffix : '');
      if (ids.has(piece)) {
        pushUnknown();
        pieces.push(piece);
        continue;
      }
      const bytes = hasBytes ? Array.from(new TextEncoder().encode(piece), byteName) : [];
      if (bytes.length > 0 && bytes.every((byte) => ids.has(byte))) pieces.push(...bytes);
      else if (unknown !== null) {
        if (!isFused) pushUnknown();
        waiting = 1;
      }
    }
    pushUnknown();
    return pieces;
  };
}

/** Merges neighbours until none is left to merge: always the earliest merge of the list, of equals the leftmost. */
function mergeAll(pieces: string[], merges: Merges): string[] {
  const before = pieces.map((_, index) => index - 1);
  const after = pieces.map((_, index) => index + 1);
  const isGone = new Uint8Array(pieces.length);
  const heap = new Heap();
  const offer = (index: number) => {
    const next = pieces[after[index] ?? -1];
    const merge = next === undefined ? undefined : merges.get(pieces[index] ?? '')?.get(next);
    if (merge !== undefined) heap.push({ ...merge, index });
  };
  for (const index of pieces.keys()) offer(index);
  for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
    const { index, rank } = best;
    const next = after[index] ?? -1;
    const current = merges.get(pieces[index] ?? '')?.get(pieces[next] ?? '');
    // One of the two has become another piece since.
    if (isGone[index] === 1 || current?.rank !== rank) continue;
    pieces[index] = current.piece;
    isGone[next] = 1;
    after[index] = after[next] ?? pieces.length;
    if (after[index] < pieces.length) before[after[index]] = index;
    offer(index);
    if ((before[index] ?? -1) >= 0) offer(before[index] ?? -1);
  }
  return pieces.filter((_, index) => isGone[index] === 0);
}

interface Candidate extends Merge {
  readonly index: number;
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.index < b.index);
}

/** A binary heap; the earliest merge comes out first. */
class Heap {
  readonly #all: Candidate[] = [];

  push(candidate: Candidate): void {
    const all = this.#all;
    let at = all.length;
    all.push(candidate);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = all[above];
      if (parent === undefined || !isBefore(candidate, parent)) break;
      all[at] = parent;
      at = above;
    }
    all[at] = candidate;
  }

  pop(): Candidate | undefined {
    const all = this.#all;
    const [top] = all;
    const last = all.pop();
    if (last === undefined || all.length === 0) return top;
    let at = 0;
    for (;;) {
      const [left, right] = [all[2 * at + 1], all[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      all[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    all[at] = last;
    return top;
  }
}
