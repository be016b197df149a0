import { tableOf, type Table } from '../../common/table.ts';
import { nameOf, neighbourhoods, type Neighbourhood } from '../../common/words.ts';
import type { Run } from '../../runs/run.ts';

/** Words in a list: as it begins, and at most. */
export const WORDS = 12;
export const MOST_WORDS = 100;

export interface ListsWish {
  readonly run: Run;
  /** Words in each list. */
  readonly words: number;
}

/** A list for the sum and for each word, as many as are shown. */
export function listsOf(
  { run, words }: ListsWish,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly Neighbourhood[]> {
  return neighbourhoods(run, () => words, { signal });
}

/** The lists of all words of the text, however many. */
export async function neighboursTable({ run, words }: ListsWish): Promise<Table> {
  const lists = await neighbourhoods(run, () => words, { most: Infinity });
  const rows = lists.flatMap(({ position, nearest }) =>
    nearest.map((word, place) => ({ position, place: place + 1, word })),
  );
  return tableOf({
    position: Int32Array.from(rows, ({ position }) => position),
    of: rows.map(({ position }) => nameOf(run, position)),
    place: Int32Array.from(rows, ({ place }) => place),
    id: Int32Array.from(rows, ({ word }) => word.token.id),
    word: rows.map(({ word }) => word.token.text),
    cosine: Float32Array.from(rows, ({ word }) => word.logit),
  });
}
