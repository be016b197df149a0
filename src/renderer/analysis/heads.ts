import { formatValue } from '../common/numbers.ts';
import type { HeadMetric, HeadMetrics } from '../runs/head-metrics.ts';
import type { RepeatedScore, RepeatedScores } from '../runs/repeated-scores.ts';
import type { AttentionMap, Run } from '../runs/run.ts';

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

/** Scores on repeated random tokens, beside the metrics on the text. */
const REPEATED_METRICS = ['random_induction', 'random_duplicate', 'random_previous'] as const;
/** Whatever number a head may have. */
export type HeadNumber = HeadMetric | (typeof REPEATED_METRICS)[number];

export const METRICS: Readonly<Record<HeadNumber, MetricAbout>> = {
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
  random_induction: {
    name: 'induction (random)',
    definition:
      'On random tokens that come twice: mean weight from a token of the second half to the one after its first occurrence.',
    source: OLSSON,
    most: 1,
  },
  random_duplicate: {
    name: 'duplicate (random)',
    definition: 'The same, to its first occurrence.',
    source: 'Wang et al. 2022, Interpretability in the Wild',
    most: 1,
  },
  random_previous: {
    name: 'previous (random)',
    definition: 'The same, from every token but the first to the one before it.',
    source: OLSSON,
    most: 1,
  },
};

/** The metrics on a text, in the order in which they are shown. */
export const METRIC_NAMES = Object.keys(METRICS).filter(
  (name) => !(REPEATED_METRICS as readonly string[]).includes(name),
) as readonly HeadMetric[];
/** All numbers, in that order. */
export const ALL_NUMBERS = Object.keys(METRICS) as readonly HeadNumber[];

/** A head with what was measured of it. */
export interface MeasuredHead {
  readonly kind: AttentionMap['kind'];
  readonly layer: number;
  readonly head: number;
  readonly metrics: HeadMetrics;
  /** On repeated random tokens; left out: nobody has asked for them. */
  readonly repeated?: RepeatedScore;
}

/** The heads with their scores on repeated random tokens. @param heads of one kind of attention, layer by layer */
export function withRepeated(
  heads: readonly MeasuredHead[],
  kind: AttentionMap['kind'],
  scores: RepeatedScores | null,
): readonly MeasuredHead[] {
  const own = scores?.heads.get(kind);
  if (own?.length !== heads.length) return heads;
  return heads.map((head, index) => {
    const repeated = own[index];
    return repeated === undefined ? head : { ...head, repeated };
  });
}

/** A number of a head; NaN: it has none. */
export function numberOf({ metrics, repeated }: MeasuredHead, name: HeadNumber): number {
  if (name === 'random_induction') return repeated?.induction ?? NaN;
  if (name === 'random_duplicate') return repeated?.duplicate ?? NaN;
  if (name === 'random_previous') return repeated?.previous ?? NaN;
  return metrics[name];
}

/** The numbers that some heads have. */
export function numbersOf(heads: readonly MeasuredHead[]): readonly HeadNumber[] {
  return heads.some(({ repeated }) => repeated !== undefined) ? ALL_NUMBERS : METRIC_NAMES;
}

/** What a head does, in plain words. */
export interface HeadLabel {
  readonly text: string;
  /** The habit without its number, for where there is little room. */
  readonly words: string;
  readonly score: number;
  /** False for what may be chance. */
  readonly isClear: boolean;
  /** False for a guess from one text; true where repeated random tokens show it. */
  readonly isMeasured: boolean;
}

/** Habits that have a name, the more telling first. */
const HABITS = ['induction', 'previous', 'duplicate', 'self', 'special', 'first'] as const;
/** Those that mean something where keys are of another text than queries. */
const ACROSS = ['special', 'first'] as const satisfies readonly (typeof HABITS)[number][];
/** From this score on a head has a habit, and from that on it is clear. */
const HABIT = 0.3;
const CLEAR = 0.6;

/** Habits that repeated random tokens show. */
const MEASURED = ['induction', 'previous', 'duplicate'] as const;

/** The habit that a head shows most; without one, how widely it looks. What was measured goes before what is guessed. */
export function labelOf({
  kind,
  metrics,
  repeated,
}: Pick<MeasuredHead, 'kind' | 'metrics' | 'repeated'>): HeadLabel {
  const measured = repeated && most(MEASURED, repeated);
  if (measured) return { ...labelled(measured, repeated[measured], true), isMeasured: true };
  // Of these, random tokens would have shown what there is.
  const possible = kind === 'cross' ? ACROSS : HABITS;
  const guessed = possible.filter((habit) => !repeated || !(MEASURED as readonly string[]).includes(habit));
  const best = most(guessed, metrics);
  if (best === null) {
    const { effective_tokens: score } = metrics;
    const isNumber = Number.isFinite(score);
    return {
      text: isNumber ? `looks at ${formatValue(score)} tokens` : 'not a number',
      words: isNumber ? `${formatValue(score)} tokens` : 'NaN',
      score,
      isClear: true,
      isMeasured: false,
    };
  }
  return { ...labelled(best, metrics[best], metrics[best] >= CLEAR), isMeasured: false };
}

/** The habit with the largest score; of scores that hardly differ, the one that comes first. Null: there is none. */
function most<Habit extends string>(
  habits: readonly Habit[],
  scores: Readonly<Record<Habit, number>>,
): Habit | null {
  let best: Habit | null = null;
  for (const habit of habits)
    if (scores[habit] >= HABIT && (best === null || scores[habit] > scores[best] + 0.02)) best = habit;
  return best;
}

function labelled(habit: (typeof HABITS)[number], score: number, isClear: boolean) {
  const words = `${METRICS[habit].name}${isClear ? '' : '?'}`;
  return { text: `${words} ${formatValue(score)}`, words, score, isClear };
}

/** How much more a habit tells than the others. */
const TELLING = { induction: 1.2, previous: 1, duplicate: 0.9 } as const;
/** Below this, no head tells more than the first. */
const LEAST_TELLING = 0.5;

/**
 * The head to look at first: the one with the clearest habit that is known to matter; where heads look at another text, the one
 * that looks at the fewest of its words. Null: there is none.
 * @param heads of one kind of attention
 */
export function mostTelling(heads: readonly MeasuredHead[]): MeasuredHead | null {
  if (heads[0]?.kind === 'cross') return sharpest(heads);
  let [best, most]: [MeasuredHead | null, number] = [null, LEAST_TELLING];
  for (const head of heads)
    for (const [habit, factor] of Object.entries(TELLING) as [keyof typeof TELLING, number][])
      if (head.metrics[habit] * factor > most) [best, most] = [head, head.metrics[habit] * factor];
  return best;
}

function sharpest(heads: readonly MeasuredHead[]): MeasuredHead | null {
  // What ends up on special tokens or on the first one aligns nothing.
  const aligned = heads.filter(({ metrics }) => ACROSS.every((habit) => !(metrics[habit] >= HABIT)));
  const width = ({ metrics }: MeasuredHead) => metrics.effective_tokens;
  return aligned.reduce<MeasuredHead | null>(
    (best, head) => (best === null || width(head) < width(best) ? head : best),
    null,
  );
}

/** Where the scale of a metric ends. */
export function metricMost(metric: HeadNumber, heads: readonly MeasuredHead[]): number {
  const { most } = METRICS[metric];
  if (most !== null) return most;
  return heads.reduce((largest, head) => Math.max(largest, numberOf(head, metric) || 0), 1e-6);
}

/** Whose heads are measured. */
export interface MetricsWish {
  readonly run: Run;
  readonly map: AttentionMap;
}

/** The metrics of every head, layer by layer. @throws the signal's reason */
export async function measureHeads(
  { map }: Pick<MetricsWish, 'map'>,
  work?: { readonly signal: AbortSignal },
): Promise<readonly MeasuredHead[]> {
  const heads: MeasuredHead[] = [];
  for (let layer = 0; layer < map.layers; layer++) {
    work?.signal.throwIfAborted();
    for (const [head, metrics] of (await metricsOf(map, layer)).entries())
      heads.push({ kind: map.kind, layer, head, metrics });
  }
  return heads;
}

/** Layers that were measured, or are being measured, for whoever asks next. */
const known = new WeakMap<AttentionMap, Map<number, Promise<readonly HeadMetrics[]>>>();

function metricsOf(map: AttentionMap, layer: number): Promise<readonly HeadMetrics[]> {
  const layers = known.get(map) ?? new Map<number, Promise<readonly HeadMetrics[]>>();
  known.set(map, layers);
  const metrics = layers.get(layer) ?? map.metrics(layer);
  layers.set(layer, metrics);
  // What failed once is tried again.
  metrics.catch(() => layers.delete(layer));
  return metrics;
}
