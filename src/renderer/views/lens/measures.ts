import type { LensTable } from '../../analysis/lens.ts';
import type { Domain } from '../../common/heatmap/scale.ts';
import { TOKEN_SCORES } from '../../kernels/analysis/token-score.ts';
import { formatNats, formatPercent, formatValue } from '../../common/numbers.ts';

/** What a cell of the lens is coloured by. */
export type Measure = 'answer' | 'probability' | 'rank' | 'logit' | 'divergence';

interface MeasureAbout {
  readonly name: string;
  /** Name of its scale. */
  readonly scale: string;
  /** It is of a chosen token, not of the layer's own answer. */
  readonly isOfToken: boolean;
  /** In words, as it stands in a cell. */
  readonly words: (value: number) => string;
}

export const MEASURES: Readonly<Record<Measure, MeasureAbout>> = {
  answer: {
    name: 'probability of each answer',
    scale: 'probability',
    isOfToken: false,
    words: formatPercent,
  },
  probability: {
    name: 'probability of the token',
    scale: 'probability of the token',
    isOfToken: true,
    words: formatPercent,
  },
  rank: {
    name: 'rank of the token',
    scale: '1 / rank',
    isOfToken: true,
    words: (rank) => `#${rank}`,
  },
  logit: { name: 'logit of the token', scale: 'logit', isOfToken: true, words: formatValue },
  divergence: {
    name: 'KL to the final answer',
    scale: 'KL(final ‖ layer), nats',
    isOfToken: false,
    words: formatNats,
  },
};
export const MEASURE_NAMES = Object.keys(MEASURES) as readonly Measure[];

/** The number of a cell; NaN where it is not computed yet. */
export function measureOf(table: LensTable, measure: Measure, layer: number, position: number): number {
  const cell = layer * table.positions + position;
  const score = (at: number) => table.scores?.[cell * TOKEN_SCORES + at] ?? NaN;
  if (measure === 'answer') return table.top[cell * table.k * 3 + 2] ?? NaN;
  if (measure === 'divergence') return table.divergence[cell] ?? NaN;
  return score({ logit: 0, probability: 1, rank: 2 }[measure]);
}

/** Where a number stands on the measure's scale: a rank as its inverse, so that the best is the brightest. */
export function onScale(measure: Measure, value: number): number {
  return measure === 'rank' ? 1 / value : value;
}

/** The scale of a measure over a table; ranks are of V tokens. */
export function measureDomain(table: LensTable, measure: Measure, vocabulary: number): Domain {
  if (measure === 'answer' || measure === 'probability') return { low: 0, high: 1, log: false };
  if (measure === 'rank') return { low: 1 / Math.max(vocabulary, 2), high: 1, log: true };
  let [low, high] = [Infinity, -Infinity];
  for (let layer = 0; layer < table.depth; layer++)
    for (let position = 0; position < table.positions; position++) {
      const value = measureOf(table, measure, layer, position);
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (!(high >= low)) return { low: 0, high: 1, log: false };
  return measure === 'divergence'
    ? { low: 0, high: Math.max(high, 1e-6), log: false }
    : { low, high: high > low ? high : low + 1, log: false };
}

/** One answer of a cell. */
export interface LensAnswer {
  readonly id: number;
  readonly logit: number;
  readonly probability: number;
}

/** The answers of a cell, best first; none while it is not computed, and where its logits are not numbers. */
export function answersOf(table: LensTable, layer: number, position: number): readonly LensAnswer[] {
  const first = (layer * table.positions + position) * table.k * 3;
  if (!isRead(table, layer, position) || !Number.isFinite(table.top[first + 2])) return [];
  return Array.from({ length: table.k }, (_, rank) => ({
    id: table.top[first + rank * 3] ?? 0,
    logit: table.top[first + rank * 3 + 1] ?? NaN,
    probability: table.top[first + rank * 3 + 2] ?? NaN,
  }));
}

/** The cell is computed. */
function isRead({ top, k, positions }: LensTable, layer: number, position: number): boolean {
  return !Number.isNaN(top[(layer * positions + position) * k * 3]);
}

/** What a cell would be coloured by is computed, and is not a number. */
export function isBroken(table: LensTable, measure: Measure, layer: number, position: number): boolean {
  if (!isRead(table, layer, position)) return false;
  const has = answersOf(table, layer, position).length > 0;
  return (
    !has || (!MEASURES[measure].isOfToken && !Number.isFinite(measureOf(table, measure, layer, position)))
  );
}

/** What a row of the lens is called: 0 are the embeddings. */
export function rowName(layer: number): string {
  return layer === 0 ? 'embeddings' : `after L${layer - 1}`;
}
