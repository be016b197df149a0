/** Of a token in a row of logits, in float64: logit, softmax probability, rank from 1, surprisal in nats. @param logits [V] */
export function referenceTokenScore(logits: ArrayLike<number>, id: number): [number, number, number, number] {
  const values = Array.from(logits);
  const own = values[id] ?? NaN;
  const most = Math.max(...values);
  const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
  const rank = 1 + values.filter((value) => value > own).length;
  return [own, Math.exp(own - most) / sum, rank, Math.log(sum) - (own - most)];
}
