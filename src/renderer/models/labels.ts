import type { Scoring } from '../../common/configs/labels.ts';
import type { Prediction } from '../runs/facets/readout.ts';

/** Labels with their scores, the highest first. @param logits one for each label; for `value` they are the result */
export function labelPredictions(
  logits: ArrayLike<number>,
  labels: readonly string[],
  scoring: Scoring,
): Prediction[] {
  const values = labels.map((_, id) => logits[id] ?? NaN);
  const largest = Math.max(...values);
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
  const probability = {
    softmax: (value: number) => Math.exp(value - largest) / sum,
    sigmoid: (value: number) => 1 / (1 + Math.exp(-value)),
    value: (value: number) => value,
  }[scoring];
  return labels
    .map((text, id) => ({
      token: { id, text, span: null, special: false },
      logit: values[id] ?? NaN,
      probability: probability(values[id] ?? NaN),
    }))
    .sort((a, b) => b.logit - a.logit);
}
