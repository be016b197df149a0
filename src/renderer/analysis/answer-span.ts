/** The answer to a question, from the scores of its beginning and its end, as Transformers' pipeline finds it. T tokens. */
import type { Token } from '../../common/text/token.ts';
import { softmaxOf } from './labels.ts';

/** Tokens of an answer at most, as in the pipeline. */
const LONGEST = 15;

/** Where an answer may begin and end. */
export interface SpanScores {
  /** Probability that it begins, and that it ends, at a token, [T]; 0 where no answer may be. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Probability that there is no answer: both at the token that stands for the text; null: the text has none. */
  readonly none: number | null;
}

export interface AnswerSpan {
  /** First and last token. */
  readonly from: number;
  readonly to: number;
  /** start · end */
  readonly probability: number;
}

/**
 * Softmax over the tokens that may be in an answer: those of the second text where there are two, no special ones; the token
 * that stands for the whole text counts too, and is no answer.
 * @param hasNone whether the first token, where it is special, says that there is no answer
 */
export function spanScores(
  start: ArrayLike<number>,
  end: ArrayLike<number>,
  tokens: readonly Token[],
  hasNone: boolean,
): SpanScores {
  const isPair = tokens.some(({ ofPair, segment }) => ofPair === true || segment === 1);
  const isOfAnswer = ({ special, ofPair, segment }: Token) =>
    !special && (!isPair || ofPair === true || segment === 1);
  const none = hasNone && tokens[0]?.special === true;
  const probabilities = (logits: ArrayLike<number>) =>
    softmaxOf(
      tokens.map((token, t) => (isOfAnswer(token) || (none && t === 0) ? (logits[t] ?? 0) : -Infinity)),
    );
  const [from, to] = [probabilities(start), probabilities(end)];
  const both = (from[0] ?? 0) * (to[0] ?? 0);
  if (none) from[0] = to[0] = 0;
  return { start: from, end: to, none: none ? both : null };
}

/** The k most probable answers, best first. */
export function bestSpans({ start, end }: SpanScores, k: number, longest = LONGEST): AnswerSpan[] {
  const spans: AnswerSpan[] = [];
  for (const [from, begins] of start.entries())
    for (let to = from; to < Math.min(from + longest, end.length); to++) {
      const probability = begins * (end[to] ?? 0);
      if (!(probability > 0)) continue;
      if (spans.length === k && probability <= (spans.at(-1)?.probability ?? 0)) continue;
      const place = spans.findIndex((span) => probability > span.probability);
      spans.splice(place < 0 ? spans.length : place, 0, { from, to, probability });
      if (spans.length > k) spans.pop();
    }
  return spans;
}
