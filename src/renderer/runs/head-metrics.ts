import { ATTENTION_METRICS } from '../kernels/attention/attention-metrics.ts';

/** Names of what is measured of a head. */
export type HeadMetric = 'effective_tokens' | (typeof ATTENTION_METRICS)[number];

/**
 * What a head is like: means over its queries; entropy in nats, `effective_tokens` its exponential, distance in tokens, the
 * others are weights. NaN where no query counts.
 */
export type HeadMetrics = Readonly<Record<HeadMetric, number>>;

/** Names of all metrics. */
export const HEAD_METRICS: readonly HeadMetric[] = ['effective_tokens', ...ATTENTION_METRICS];

/** The metrics of heads by name. @param means [H, 8], in the order of `ATTENTION_METRICS`; −1: no query counts */
export function headMetrics(means: ArrayLike<number>): HeadMetrics[] {
  const count = ATTENTION_METRICS.length;
  return Array.from({ length: means.length / count }, (_, head) => {
    const own = ATTENTION_METRICS.map((name, metric) => {
      const mean = means[head * count + metric] ?? NaN;
      return [name, mean < 0 ? NaN : mean] as const;
    });
    const metrics = Object.fromEntries(own) as Record<(typeof ATTENTION_METRICS)[number], number>;
    return { ...metrics, effective_tokens: Math.exp(metrics.entropy) };
  });
}
