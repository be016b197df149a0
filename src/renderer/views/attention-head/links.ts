import type { Work } from '../../common/computed.svelte.ts';
import { readPattern } from '../../common/tiles.ts';
import type { AttentionMap, Run, Token } from '../../runs/run.ts';

/** A query that looks at a key. */
export interface Link {
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly weight: number;
}

/** Which links between the two texts of a pair are meant: all, or from one to the other only. */
export const PAIRS = ['all', 'a-b', 'b-a'] as const;
export type Pairs = (typeof PAIRS)[number];

/** Whose links are wanted. */
export interface LinksWish {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly layer: number;
  /** Indices of heads, with commas. */
  readonly heads: string;
  readonly firstKey: number;
  readonly pairs: Pairs;
}

/** Links of a query and a head at most, where it has more keys than `MANY_KEYS`. */
export const PER_QUERY = 8;
export const MANY_KEYS = 64;

/** The strongest links of every query of some heads, head by head. @throws the signal's reason */
export async function strongestLinks(
  { run, map, layer, heads, firstKey, pairs }: LinksWish,
  { signal }: Pick<Work<unknown>, 'signal'>,
): Promise<readonly Link[]> {
  const links: Link[] = [];
  for (const head of headsOf(heads)) {
    const values = await readPattern(run, map, layer, head, signal);
    for (const link of linksOf(values, map, firstKey, pairs)) links.push({ head, ...link });
  }
  return links;
}

/** Indices of heads from their list. */
export function headsOf(list: string): readonly number[] {
  return list === '' ? [] : list.split(',').map(Number);
}

/** The links of every query of one head, the strongest first; of long texts the strongest alone. @param values [T, S] */
export function* linksOf(
  values: Float32Array,
  { queries, keys }: Pick<AttentionMap, 'queries' | 'keys'>,
  firstKey: number,
  pairs: Pairs,
): Generator<Omit<Link, 'head'>> {
  const S = keys.length;
  const most = mostLinks(S);
  const [queriesOfB, keysOfB] = [secondText(queries), secondText(keys)];
  /** Whether the texts of a query and a key are those that are meant. */
  const isMeant = (query: number, key: number) =>
    pairs === 'all' ||
    (pairs === 'a-b' ? query < queriesOfB && key >= keysOfB : query >= queriesOfB && key < keysOfB);
  for (let query = 0; query < queries.length; query++) {
    const best: Omit<Link, 'head'>[] = [];
    for (let key = firstKey; key < S; key++) {
      const weight = values[query * S + key] ?? 0;
      if (!(weight > (best.length < most ? 0 : (best.at(-1)?.weight ?? 0)))) continue;
      if (!isMeant(query, key)) continue;
      const place = best.findIndex((other) => weight > other.weight);
      best.splice(place < 0 ? best.length : place, 0, { query, key, weight });
      if (best.length > most) best.pop();
    }
    yield* best;
  }
}

/** Links of a query at most, of `keys` that it may look at. */
export function mostLinks(keys: number): number {
  return keys > MANY_KEYS ? PER_QUERY : MANY_KEYS;
}

/**
 * Where the second text of a pair begins; behind the end: there is none. Not all models tell the two apart by token types, and
 * tokens between them that no text stands for are the first one's then.
 */
function secondText(tokens: readonly Token[]): number {
  const first = tokens.findIndex(({ segment, ofPair }) => segment === 1 || ofPair === true);
  return first < 0 ? tokens.length : first;
}

/** True for a text that is a pair of two. */
export function isPair({ queries, keys }: Pick<AttentionMap, 'queries' | 'keys'>): boolean {
  return [queries, keys].every((tokens) => secondText(tokens) < tokens.length);
}
