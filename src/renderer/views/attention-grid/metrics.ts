import { formatValue } from '../../common/numbers.ts';
import type { MeasuredHead } from '../../common/measured-heads.ts';
import type { HeadMetric, HeadMetrics } from '../../runs/head-metrics.ts';

/** What is measured of a head: its name, what it means, and where it comes from. */
export interface MetricAbout {
  readonly name: string;
  /** Of a head's weights a[t, s] of query t on key s. */
  readonly definition: string;
  readonly source: string;
  /** Its scale ends here; null: at the largest that is there. */
  readonly most: number | null;
}

const SINKS = 'Xiao et al. 2023, Efficient Streaming Language Models with Attention Sinks';
const CLARK = 'Clark et al. 2019, What Does BERT Look At?';
const OLSSON = 'Olsson et al. 2022, In-context Learning and Induction Heads';

export const METRICS: Readonly<Record<HeadMetric, MetricAbout>> = {
  previous: {
    name: 'previous token',
    definition: 'Mean weight on the token just before: a[t, t−1], for t ≥ 1.',
    source: 'Elhage et al. 2021, A Mathematical Framework for Transformer Circuits',
    most: 1,
  },
  induction: {
    name: 'induction',
    definition:
      'Mean weight on tokens that came right after an earlier place with the query’s own token, over queries that have one.',
    source: OLSSON,
    most: 1,
  },
  duplicate: {
    name: 'duplicate token',
    definition: 'Mean weight on earlier places with the query’s own token, over queries that have one.',
    source: 'Wang et al. 2022, Interpretability in the Wild',
    most: 1,
  },
  self: {
    name: 'own token',
    definition: 'Mean weight of a query on its own place: a[t, t].',
    source: CLARK,
    most: 1,
  },
  first: {
    name: 'first token',
    definition: 'Mean weight on the first token, where many heads park the weight that they do not need.',
    source: SINKS,
    most: 1,
  },
  special: {
    name: 'special tokens',
    definition: 'Mean weight on all special tokens together, such as [CLS], [SEP] or </s>.',
    source: CLARK,
    most: 1,
  },
  entropy: {
    name: 'entropy',
    definition:
      'Mean entropy of the rows, −Σ a[t, s] ln a[t, s], in nats: 0 where each query looks at one token.',
    source: CLARK,
    most: null,
  },
  effective_tokens: {
    name: 'effective tokens',
    definition: 'The exponential of the mean entropy: over how many tokens a query spreads its weight.',
    source: CLARK,
    most: null,
  },
  distance: {
    name: 'distance',
    definition: 'Mean distance of the keys, Σ a[t, s] |t − s|, in tokens.',
    source: 'Vig & Belinkov 2019, Analyzing the Structure of Attention in a Transformer Language Model',
    most: null,
  },
};

/** In the order in which they are shown. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly HeadMetric[];

/** What a head does on this text, in plain words: a guess from its numbers. */
export interface HeadLabel {
  readonly text: string;
  readonly score: number;
  /** False for what may be chance. */
  readonly isClear: boolean;
}

/** Habits that have a name, the more telling first. */
const HABITS = ['induction', 'previous', 'duplicate', 'self', 'special', 'first'] as const;
/** From this score on a head has a habit, and from that on it is clear. */
const HABIT = 0.3;
const CLEAR = 0.6;

/** The habit that a head shows most; without one, how widely it looks. */
export function labelOf(metrics: HeadMetrics): HeadLabel {
  let best: (typeof HABITS)[number] | null = null;
  for (const habit of HABITS)
    if (metrics[habit] >= HABIT && (best === null || metrics[habit] > metrics[best] + 0.02)) best = habit;
  if (best === null) {
    const { effective_tokens: score } = metrics;
    return { text: `spread over ${formatValue(score)}`, score, isClear: true };
  }
  const score = metrics[best];
  const isClear = score >= CLEAR;
  return { text: `${METRICS[best].name}${isClear ? '' : '?'} ${formatValue(score)}`, score, isClear };
}

/** Where the scale of a metric ends. */
export function metricMost(metric: HeadMetric, heads: readonly MeasuredHead[]): number {
  const { most } = METRICS[metric];
  if (most !== null) return most;
  return heads.reduce((largest, { metrics }) => Math.max(largest, metrics[metric] || 0), 1e-6);
}
