import type { HeadMetrics } from '../runs/head-metrics.ts';
import type { AttentionMap } from '../runs/run.ts';

/** A head with what was measured of it. */
export interface MeasuredHead {
  readonly layer: number;
  readonly head: number;
  readonly metrics: HeadMetrics;
}

/** Layers that were measured, or are being measured, for whoever asks next. */
const known = new WeakMap<AttentionMap, Map<number, Promise<readonly HeadMetrics[]>>>();

/** The metrics of every head, layer by layer. @throws the signal's reason */
export async function measureHeads(
  map: AttentionMap,
  signal?: AbortSignal,
): Promise<readonly MeasuredHead[]> {
  const heads: MeasuredHead[] = [];
  for (let layer = 0; layer < map.layers; layer++) {
    signal?.throwIfAborted();
    for (const [head, metrics] of (await measured(map, layer)).entries()) heads.push({ layer, head, metrics });
  }
  return heads;
}

function measured(map: AttentionMap, layer: number): Promise<readonly HeadMetrics[]> {
  const layers = known.get(map) ?? new Map<number, Promise<readonly HeadMetrics[]>>();
  known.set(map, layers);
  const metrics = layers.get(layer) ?? map.metrics(layer);
  layers.set(layer, metrics);
  // What failed once is tried again.
  metrics.catch(() => layers.delete(layer));
  return metrics;
}

/** How much more a habit tells than the others. */
const TELLING = { induction: 1.2, previous: 1, duplicate: 0.9 } as const;
/** Below this, no head tells more than the first. */
const LEAST_TELLING = 0.5;

/** The head to look at first: the one with the clearest habit that is known to matter; null: none has one. */
export function mostTelling(heads: readonly MeasuredHead[]): MeasuredHead | null {
  let [best, most]: [MeasuredHead | null, number] = [null, LEAST_TELLING];
  for (const head of heads)
    for (const [habit, factor] of Object.entries(TELLING) as [keyof typeof TELLING, number][])
      if (head.metrics[habit] * factor > most) [best, most] = [head, head.metrics[habit] * factor];
  return best;
}
