/** What a run says of a position: next tokens, candidates for a mask, labels, words like it. */
import type { Token } from '../../../common/text/token.ts';
import type { Run } from '../run.ts';

declare module '../facet.ts' {
  interface Facets {
    /** Of models with an output layer, and of tables of words. */
    readonly readout: Readout;
  }
}

/** One candidate for the token at the next (or a masked) position. */
export interface Prediction {
  readonly token: Token;
  readonly probability: number;
  readonly logit: number;
}

/**
 * What predictions and the logits of a position are about: the token after it (`next`), the position's own token, where
 * `tokens` are what a decoder chose (`own`), words like it, whose probability is then a cosine (`similar`), whether it was
 * replaced, labels of the position or the text, or values of it, which then stand in place of probabilities.
 */
export type Predicts = 'next' | 'own' | 'similar' | 'replaced' | 'label' | 'value';

export interface Readout {
  readonly predicts: Predicts;
  /**
   * The k most probable answers at a position, best first; none where the logits are no numbers.
   * @throws RangeError for a position outside the text; an AbortError when the run was disposed of.
   */
  top(position: number, k: number): Promise<readonly Prediction[]>;
}

/** The k most probable answers of a run at a position, best first; none without a readout. */
export async function topOf(
  run: Pick<Run, 'facet'>,
  position: number,
  k: number,
): Promise<readonly Prediction[]> {
  return (await run.facet('readout')?.top(position, k)) ?? [];
}

/** What a run's predictions are about; null: it makes none. */
export function predictsOf(run: Pick<Run, 'facet'>): Predicts | null {
  return run.facet('readout')?.predicts ?? null;
}
