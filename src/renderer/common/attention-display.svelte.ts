import type { Domain } from './heatmap/scale.ts';
import type { AttentionMap, Run } from '../runs/run.ts';

/** Weights below this are the log scale's first colour. */
const LOG_FLOOR = 1e-4;

/** How attention is shown: the same in every view of a window, so that a colour means the same weight. */
export class AttentionDisplay {
  /** Equal steps of colour are equal ratios of weight. */
  log = $state(false);
  /** The scale ends at the largest weight that is shown, instead of at 1. */
  fit = $state(false);
  /** Leaves out the first key, where many heads park the weight they do not need, and rescales to the rest. */
  hideFirst = $state(false);
  /** Which attention of an encoder-decoder is shown; runs without it show their first. */
  kind = $state<AttentionMap['kind']>('self');

  /** The attention of a run that is shown; how an output looks at its source before others. Null: it has none. */
  of(run: Run): AttentionMap | null {
    const find = (wanted: AttentionMap['kind']) => run.attention.find(({ kind }) => kind === wanted);
    return find(this.kind) ?? find('cross') ?? run.attention[0] ?? null;
  }

  /** First key that is shown; a single key is never hidden. */
  firstKey(keys: number): number {
    return this.hideFirst && keys > 1 ? 1 : 0;
  }

  /** The scale depends on the largest weight that is shown. */
  get needsLargest(): boolean {
    return this.fit || this.hideFirst;
  }

  /** @param largest weight that is shown: where the scale ends, unless it ends at 1 */
  domain(largest: number): Domain {
    const high = this.needsLargest && largest > 0 ? largest : 1;
    return this.log ? { low: Math.min(LOG_FLOOR, high / 10), high, log: true } : { low: 0, high, log: false };
  }
}

/** Keys above query + this are masked; null: none are. */
export function maskDiagonal(map: AttentionMap): number | null {
  return map.causal ? map.keys.length - map.queries.length : null;
}
