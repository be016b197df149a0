/** Labels from logits. Shapes: C labels. */
import type { Scoring } from '../../common/configs/labels.ts';
import type { Prediction } from '../runs/facets/readout.ts';

/** softmax of a row of logits; zeros where all of them are −∞. */
export function softmaxOf(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (largest === -Infinity) return values.fill(0);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** What logits [C] say of each label: its probability, or the value itself. */
export function scoresOf(logits: ArrayLike<number>, scoring: Scoring): Float64Array {
  if (scoring === 'softmax') return softmaxOf(logits);
  const values = Float64Array.from(logits);
  return scoring === 'sigmoid' ? values.map((value) => 1 / (1 + Math.exp(-value))) : values;
}

/** Labels with their scores, the highest first. @param logits one for each label; for `value` they are the result */
export function labelPredictions(
  logits: ArrayLike<number>,
  labels: readonly string[],
  scoring: Scoring,
): Prediction[] {
  const values = labels.map((_, id) => logits[id] ?? NaN);
  const scores = scoresOf(values, scoring);
  return labels
    .map((text, id) => ({
      token: { id, text, span: null, special: false },
      logit: values[id] ?? NaN,
      probability: scores[id] ?? NaN,
    }))
    .sort((a, b) => b.logit - a.logit);
}

/** KL(p ‖ q) of two rows of logits, in nats. */
export function divergenceOf(before: ArrayLike<number>, after: ArrayLike<number>): number {
  const [p, q] = [softmaxOf(before), softmaxOf(after)];
  return p.reduce((sum, value, i) => (value === 0 ? sum : sum + value * Math.log(value / (q[i] ?? 0))), 0);
}
