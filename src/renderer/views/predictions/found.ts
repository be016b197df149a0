import { tableOf, type Table } from '../../common/table.ts';
import type { Answer, Work } from '../../common/computed.svelte.ts';
import type { Run } from '../../runs/run.ts';
import { topOf, type Prediction } from '../../runs/facets/readout.ts';
import { rowOrder, rowCount } from './rows.ts';

/** Rows [from, to) of a run's predictions. */
export interface Sight {
  readonly run: Run;
  readonly from: number;
  readonly to: number;
  /** Predictions of each. */
  readonly shown: number;
}

/** Predictions by position. */
export type Found = ReadonlyMap<number, readonly Prediction[]>;

/** Positions that are kept while one scrolls. */
const KEPT = 1000;

/** The predictions of the rows in sight, one after another; those of the same run that are known already are kept. */
export async function predictionsOf(
  sight: Sight,
  { signal, show }: Pick<Work<Found>, 'signal' | 'show'>,
  before: Answer<Sight, Found> | null,
): Promise<Found> {
  const { run, from, to, shown } = sight;
  const stays = before?.wish.run === run && before.wish.shown >= shown && before.value.size < KEPT;
  let found: Found = stays ? before.value : new Map();
  for (const position of rowOrder(run).slice(from, to)) {
    // Newer rows first, when the user has scrolled on.
    if (signal.aborted) break;
    if (found.has(position)) continue;
    found = new Map([...found, [position, await topOf(run, position, shown)]]);
    show(found);
  }
  return found;
}

/** Predictions of a row in the table. */
const TABLED = 10;

/** The likeliest tokens at every position of the text, a row each. */
export async function predictionsTable(run: Run): Promise<Table> {
  const positions = Array.from({ length: rowCount(run) }, (_, position) => position);
  const rows: { readonly position: number; readonly rank: number; readonly prediction: Prediction }[] = [];
  for (const position of positions)
    for (const [at, prediction] of (await topOf(run, position, TABLED)).entries())
      rows.push({ position, rank: at + 1, prediction });
  return tableOf({
    position: Int32Array.from(rows, ({ position }) => position),
    token: rows.map(({ position }) => run.tokens[position]?.text ?? ''),
    rank: Int32Array.from(rows, ({ rank }) => rank),
    prediction_id: Int32Array.from(rows, ({ prediction }) => prediction.token.id),
    prediction: rows.map(({ prediction }) => prediction.token.text),
    probability: Float32Array.from(rows, ({ prediction }) => prediction.probability),
    logit: Float32Array.from(rows, ({ prediction }) => prediction.logit),
  });
}
