/** Metrics of heads in float64, in plain loops, from their weights. */
import { ATTENTION_METRICS, type MetricToken } from './attention-metrics.ts';

/**
 * Means over each head's queries [H, 8], in the order of `ATTENTION_METRICS`; NaN where no query counts.
 * @param weights [H, T, S]
 * @param firstQuery place of query 0 among the keys
 */
export function referenceMetrics(
  weights: ArrayLike<number>,
  queries: readonly MetricToken[],
  keys: readonly MetricToken[],
  firstQuery = 0,
): Float64Array {
  const [T, S] = [queries.length, keys.length];
  const heads = weights.length / (T * S);
  const means = new Float64Array(heads * ATTENTION_METRICS.length);
  for (let h = 0; h < heads; h++) {
    const sums = ATTENTION_METRICS.map(() => 0);
    const counts = ATTENTION_METRICS.map(() => 0);
    for (let t = 0; t < T; t++) {
      const row = Array.from({ length: S }, (_, s) => weights[(h * T + t) * S + s] ?? Number.NaN);
      if (row.every((weight) => weight === 0)) continue;
      for (const [metric, value] of ofRow(row, queries[t]?.id ?? -1, keys, t + firstQuery).entries()) {
        if (value === null) continue;
        sums[metric] = (sums[metric] ?? 0) + value;
        counts[metric] = (counts[metric] ?? 0) + 1;
      }
    }
    for (const [metric, sum] of sums.entries())
      means[h * ATTENTION_METRICS.length + metric] = sum / (counts[metric] ?? 0);
  }
  return means;
}

/** The metrics of a row; null: it does not count for this one. */
function ofRow(
  row: readonly number[],
  id: number,
  keys: readonly MetricToken[],
  position: number,
): readonly (number | null)[] {
  const sum = (weight: (s: number) => number) => row.reduce((total, _, s) => total + weight(s), 0);
  const on = (isMeant: (s: number) => boolean) => sum((s) => (isMeant(s) ? (row[s] ?? 0) : 0));
  const isRepeated = keys.slice(0, position).some((key) => key.id === id);
  const isFollowed = keys.slice(0, Math.min(position, keys.length - 1)).some((key) => key.id === id);
  return [
    sum((s) => ((row[s] ?? 0) > 0 ? -(row[s] ?? 0) * Math.log(row[s] ?? 0) : 0)),
    sum((s) => (row[s] ?? 0) * Math.abs(position - s)),
    position === 0 || position > keys.length ? null : on((s) => s === position - 1),
    on((s) => s === 0),
    position < keys.length ? on((s) => s === position) : null,
    on((s) => keys[s]?.special === true),
    isRepeated ? on((s) => s < position && keys[s]?.id === id) : null,
    isFollowed ? on((s) => s >= 1 && s <= position && keys[s - 1]?.id === id) : null,
  ];
}
