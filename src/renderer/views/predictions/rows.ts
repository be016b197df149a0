import type { Prediction, Run, Token } from '../../runs/run.ts';

/** Predictions in a row. */
export const SHOWN = 5;
/** Height of a row in CSS pixels. */
export const ROW = 28;

/** The token that a position's predictions are about; null after the end of the text. */
export function actualToken(
  { tokens, predicts }: Pick<Run, 'tokens' | 'predicts'>,
  position: number,
): Token | null {
  return tokens[predicts === 'own' ? position : position + 1] ?? null;
}

/** First and end of the rows that are in sight, with some around them. */
export function rowsInSight(
  top: number,
  height: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.floor(top / ROW) - 4);
  return { from, to: Math.min(count, Math.ceil((top + height) / ROW) + 4) };
}

/** Place of a token among predictions, from 1; null when it is not among them. */
export function rankOf(predictions: readonly Prediction[], token: Token | null): number | null {
  const place = token === null ? -1 : predictions.findIndex((prediction) => prediction.token.id === token.id);
  return place < 0 ? null : place + 1;
}
