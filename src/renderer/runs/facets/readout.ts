/** What a run says of a position: next tokens, candidates for a mask, labels, words like it. */
import type { Token } from '../../../common/text/token.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
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
 * replaced, labels of the position or the text, values of it, which then stand in place of probabilities, or whether an answer
 * begins or ends at it (`span`).
 */
export type Predicts = 'next' | 'own' | 'similar' | 'replaced' | 'label' | 'value' | 'span';

/** The scores of all V tokens of a vocabulary. */
export interface VocabularyLogits {
  /** `V` */
  readonly vocabulary: number;
  /** What an id stands for. */
  token(id: number): Token;
  /** Records those of positions [from, to) into `target` [to − from, V]. @throws an AbortError when the run was disposed of */
  record(recorder: Recorder, range: readonly [from: number, to: number], target: GpuTensor): void;
}

export interface Readout {
  readonly predicts: Predicts;
  /** What the answers are chosen by; null: they are not from a vocabulary. */
  readonly logits: VocabularyLogits | null;
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
