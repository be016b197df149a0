import { tableOf, type Table } from '../../common/table.ts';
import type { Answer, Work } from '../../common/computed.svelte.ts';
import type { Run } from '../../runs/run.ts';
import { topOf, type Prediction } from '../../runs/facets/readout.ts';
import {
  extendTokenScores,
  readLogits,
  readTokenScores,
  type TokenScores,
} from '../../analysis/token-scores.ts';
import { aheadOf, kindOf, tokensOf } from './kinds.ts';
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

/** What bars are made of. */
export interface Looked {
  readonly run: Run;
  readonly position: number;
}
export type Answers = { readonly logits: Float32Array } | { readonly predictions: readonly Prediction[] };

/**
 * Scores of a run's own tokens.
 * @param before those of another run: where its text is how this one begins, they are kept
 * @throws as `readTokenScores`
 */
export async function scoresOf(
  run: Run,
  { signal, progress }: Partial<Pick<Work<TokenScores>, 'signal' | 'progress'>> = {},
  before: Answer<{ readonly run: Run }, TokenScores> | null = null,
): Promise<TokenScores> {
  const logits = run.facet('readout')?.logits ?? null;
  if (logits === null) throw new Error('The run has no scores over a vocabulary.');
  const wish = {
    ...{ tokens: run.tokens, ahead: aheadOf(run) },
    ...(signal && { signal }),
    ...(progress && { progress }),
  };
  return before !== null && goesOn(before.wish.run, run)
    ? extendTokenScores(run.gpu, logits, wish, before.value)
    : readTokenScores(run.gpu, logits, wish);
}

/** Whether a run reads what another read, and more. */
function goesOn(before: Run, run: Run): boolean {
  return (
    aheadOf(run) === 1 &&
    before.model.id === run.model.id &&
    run.sourceTokens === null &&
    before.facet('changes') === null &&
    run.facet('changes') === null &&
    before.tokens.length > 1 &&
    before.tokens.length < run.tokens.length &&
    before.tokens.every(({ id }, t) => run.tokens[t]?.id === id)
  );
}

/** What the bars of a position are made of. @throws as `readLogits` */
export async function answersOf(
  { run, position }: Looked,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Answers> {
  const logits = run.facet('readout')?.logits ?? null;
  if (logits === null) return { predictions: await topOf(run, position, 20) };
  return { logits: await readLogits(run.gpu, logits, position, signal) };
}

/** The likeliest answers at every position of the text, a row each, beside how well its own token was foreseen. */
export async function outputsTable(run: Run): Promise<Table> {
  const tokens = tokensOf(run);
  const isOfText = kindOf(run) === 'text';
  const scores = kindOf(run) === 'vocabulary' ? await scoresOf(run) : null;
  const positions = Array.from({ length: rowCount(run) }, (_, position) => position);
  const rows: { readonly position: number; readonly rank: number; readonly prediction: Prediction }[] = [];
  for (const position of positions)
    for (const [at, prediction] of (await topOf(run, position, TABLED)).entries())
      rows.push({ position, rank: at + 1, prediction });
  const ofToken = (values: Float32Array) =>
    Float32Array.from(rows, ({ position }) => values[position] ?? NaN);
  return tableOf({
    position: Int32Array.from(rows, ({ position }) => position),
    token: rows.map(({ position }) => (isOfText ? '' : (tokens[position]?.text ?? ''))),
    rank: Int32Array.from(rows, ({ rank }) => rank),
    prediction_id: Int32Array.from(rows, ({ prediction }) => prediction.token.id),
    prediction: rows.map(({ prediction }) => prediction.token.text),
    probability: Float32Array.from(rows, ({ prediction }) => prediction.probability),
    logit: Float32Array.from(rows, ({ prediction }) => prediction.logit),
    // Of the token itself, as the text before it foresaw it.
    ...(scores && {
      token_probability: ofToken(scores.probability),
      token_surprisal: ofToken(scores.surprisal),
      token_rank: ofToken(scores.rank),
    }),
  });
}
