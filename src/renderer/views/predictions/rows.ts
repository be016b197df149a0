import type { Prediction, Run, Token } from '../../runs/run.ts';
import { maskedPositions } from '../../state/session/masking.svelte.ts';

/** Predictions in a row. */
export const SHOWN = 5;
/** Height of a row in CSS pixels. */
export const ROW = 28;

/** The token that a position's predictions are about; null after the end of the text, and where a mask hides it. */
export function actualToken(
  { tokens, predicts }: Pick<Run, 'tokens' | 'predicts'>,
  position: number,
): Token | null {
  if (predicts !== undefined && predicts !== 'next' && predicts !== 'own') return null;
  const token = tokens[predicts === 'own' ? position : position + 1];
  return token === undefined || token.mask === true ? null : token;
}

/** Positions in the order of their rows: masks first, since their candidates are what one wants to see. */
export function rowOrder(run: Run, count: number): readonly number[] {
  const masks = maskedPositions(run);
  const others = Array.from({ length: count }, (_, position) => position);
  return [...masks, ...others.filter((position) => !masks.includes(position))];
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
