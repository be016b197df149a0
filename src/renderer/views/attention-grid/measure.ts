import type { AttentionMap, Run } from '../../runs/run.ts';
import type { MeasuredHead } from './metrics.ts';

/** Whose heads are measured. */
export interface MetricsWish {
  readonly run: Run;
  readonly map: AttentionMap;
}

/** The metrics of every head, layer by layer. @throws the signal's reason */
export async function measureHeads(
  { map }: MetricsWish,
  work?: { readonly signal: AbortSignal },
): Promise<readonly MeasuredHead[]> {
  const heads: MeasuredHead[] = [];
  for (let layer = 0; layer < map.layers; layer++) {
    work?.signal.throwIfAborted();
    for (const [head, metrics] of (await map.metrics(layer)).entries()) heads.push({ layer, head, metrics });
  }
  return heads;
}
