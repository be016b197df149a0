import { formatPercent, formatValue } from '../../common/numbers.ts';
import type { Run, Token } from '../../runs/run.ts';
import { predictsOf, type Prediction, type Predicts } from '../../runs/facets/readout.ts';
import { maskedPositions } from '../../runs/masks.ts';
import { kindOf, tokensOf } from './kinds.ts';
import type { ViewContext } from '../view.ts';

/** Predictions in a row; in a room fewer can be read. */
export const SHOWN: Readonly<Record<ViewContext['size'], number>> = { window: 5, presented: 3 };
/** Widths of a table, in CSS pixels, below which it shows fewer of them. */
const NARROW = { window: [1000], presented: [1200, 900] } as const;

/** Predictions that have room in a row. @param width of the table, CSS pixels */
export function shownIn(width: number, size: ViewContext['size']): number {
  if (size === 'presented') return SHOWN.presented - NARROW.presented.filter((least) => width < least).length;
  return SHOWN[width < NARROW.window[0] ? 'presented' : 'window'];
}

/** Height of a row in CSS pixels. */
export const ROW: Readonly<Record<ViewContext['size'], number>> = { window: 28, presented: 54 };

/** Positions that have predictions: none without an output layer, one for the whole text of a classifier. */
export function rowCount(run: Run): number {
  const kind = kindOf(run);
  if (kind === 'none') return 0;
  return kind === 'text' ? 1 : tokensOf(run).length;
}

/** The token that a position's predictions are about; null after the end of the text, and where a mask hides it. */
export function actualToken(run: Pick<Run, 'tokens' | 'facet'>, position: number): Token | null {
  const predicts = predictsOf(run);
  if (predicts !== 'next' && predicts !== 'own') return null;
  const token = run.tokens[predicts === 'own' ? position : position + 1];
  return token === undefined || token.mask === true ? null : token;
}

/** Positions in the order of their rows: masks first, since their candidates are what one wants to see. */
export function rowOrder(run: Run): readonly number[] {
  const masks = maskedPositions(run);
  const others = Array.from({ length: rowCount(run) }, (_, position) => position);
  return [...masks, ...others.filter((position) => !masks.includes(position))];
}

/** First and end of the rows that are in sight, with some around them. @param first row at the top @param rows that have room */
export function rowsInSight(
  first: number,
  rows: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const from = Math.min(Math.max(0, Math.floor(first) - 4), count);
  return { from, to: Math.min(count, Math.ceil(first + rows) + 4) };
}

/** Place of a token among predictions, from 1; null when it is not among them. */
export function rankOf(predictions: readonly Prediction[], token: Token | null): number | null {
  const place = token === null ? -1 : predictions.findIndex((prediction) => prediction.token.id === token.id);
  return place < 0 ? null : place + 1;
}

const HEADINGS: Partial<Record<Predicts, string>> = {
  own: 'Predictions here',
  replaced: 'Was the token replaced?',
  label: 'Labels',
  value: 'Values',
  span: 'Answer',
};

/** A prediction's probability in words, or the value that stands in its place. */
export function scoreOf(run: Pick<Run, 'facet'>, { logit, probability }: Prediction): string {
  return predictsOf(run) === 'value' ? formatValue(logit) : formatPercent(probability);
}

/** What the predictions of a run are of. */
export function headingOf(run: Pick<Run, 'facet'>): string {
  return HEADINGS[predictsOf(run) ?? 'next'] ?? 'Predictions of the next token';
}
