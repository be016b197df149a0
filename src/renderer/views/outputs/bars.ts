/** The large bars: what is most probable at the looked-at token, or of the text. */
import { drawnTokens, type Drawing } from '../../analysis/tempered.ts';
import { formatPercent, formatValue } from '../../common/numbers.ts';
import { runningText } from '../../text/running-text.ts';
import type { Prediction } from '../../runs/facets/readout.ts';
import type { Run, Token } from '../../runs/run.ts';
import { tokensOf } from './kinds.ts';
import type { LabelsShown } from './labels.ts';

export interface Bar {
  readonly text: string;
  /** Length, 0 … 1; below 0 it goes to the left. */
  readonly share: number;
  /** The number beside it. */
  readonly value: string;
  /** It is the text's own token. */
  readonly isActual: boolean;
  /** It can't be drawn: top-k or top-p cut it. */
  readonly isCut: boolean;
}

const PLAIN = { isActual: false, isCut: false };

/** The k best tokens at a temperature. @param logits [V] @param actual the text's own token */
export function tokenBars(
  logits: ArrayLike<number>,
  drawing: Drawing,
  nameOf: (id: number) => Token,
  actual: Token | null,
  k: number,
): Bar[] {
  return drawnTokens(logits, drawing, k)
    .filter(({ logit }) => Number.isFinite(logit))
    .map(({ id, probability, isCut }) => ({
      text: nameOf(id).text,
      share: probability,
      value: isCut ? 'cut' : formatPercent(probability),
      isActual: id === actual?.id,
      isCut,
    }));
}

/** Answers that are no tokens of a vocabulary. @param isValue they are numbers, not probabilities */
export function predictionBars(predictions: readonly Prediction[], isValue: boolean): Bar[] {
  const most = predictions.reduce((top, { logit }) => Math.max(top, Math.abs(logit)), 1e-9);
  return predictions.map(({ token, logit, probability }) => ({
    ...PLAIN,
    text: token.text,
    share: isValue ? logit / most : probability,
    value: isValue ? formatValue(logit) : formatPercent(probability),
  }));
}

/** The best answers to a question, and that there is none. */
export function answerBars(run: Run, span: NonNullable<LabelsShown['span']>): Bar[] {
  const tokens = tokensOf(run);
  const answers = span.best.map(({ from, to, probability }) => ({
    ...PLAIN,
    text: answerText(tokens, from, to),
    share: probability,
    value: formatPercent(probability),
  }));
  const { none } = span.scores;
  if (none === null) return answers;
  return [...answers, { ...PLAIN, text: '(no answer)', share: none, value: formatPercent(none) }].sort(
    (a, b) => b.share - a.share,
  );
}

/** The words of an answer. */
export function answerText(tokens: readonly Token[], from: number, to: number): string {
  const own = tokens.slice(from, to + 1);
  const pieces = own.map((token, i) => {
    const before = own[i - 1];
    const isApart =
      before !== undefined &&
      before.span !== null &&
      token.span !== null &&
      token.span[0] > before.span[1] &&
      !/^\s/.test(token.text);
    return isApart ? { ...token, text: ` ${token.text}` } : token;
  });
  return runningText(pieces).trim();
}
