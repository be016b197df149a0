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

/** Links of a query and a head at most. */
export const PER_QUERY = 8;

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

/** The strongest links of every query of one head. @param values [T, S] */
export function* linksOf(
  values: Float32Array,
  { queries, keys }: Pick<AttentionMap, 'queries' | 'keys'>,
  firstKey: number,
  pairs: Pairs,
): Generator<Omit<Link, 'head'>> {
  const S = keys.length;
  for (const [query, from] of queries.entries()) {
    const best: Omit<Link, 'head'>[] = [];
    for (let key = firstKey; key < S; key++) {
      const weight = values[query * S + key] ?? 0;
      if (!(weight > (best.length < PER_QUERY ? 0 : (best.at(-1)?.weight ?? 0)))) continue;
      if (!isMeant(pairs, from, keys[key])) continue;
      const place = best.findIndex((other) => weight > other.weight);
      best.splice(place < 0 ? best.length : place, 0, { query, key, weight });
      if (best.length > PER_QUERY) best.pop();
    }
    yield* best;
  }
}

/** Whether the texts of a query and a key are those that are meant. */
function isMeant(pairs: Pairs, query: Token, key: Token | undefined): boolean {
  if (pairs === 'all') return true;
  const [from, to] = [query.segment ?? 0, key?.segment ?? 0];
  return pairs === 'a-b' ? from === 0 && to === 1 : from === 1 && to === 0;
}

/** True for a text that is a pair of two. */
export function isPair({ queries, keys }: Pick<AttentionMap, 'queries' | 'keys'>): boolean {
  return [queries, keys].every((tokens) => tokens.some(({ segment }) => segment === 1));
}
