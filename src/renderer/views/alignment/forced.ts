import type { DecodeOptions } from '../../runs/run-input.ts';

type Forced = NonNullable<DecodeOptions['forcedAttention']>;

/** Weights in which one source token has a new share; the others keep their proportions. */
export function withWeight(weights: ArrayLike<number>, index: number, share: number): number[] {
  const kept = Math.min(Math.max(share, 0), 1);
  const rest = Array.from(weights).reduce((sum, weight, i) => sum + (i === index ? 0 : weight), 0);
  const count = weights.length - 1;
  return Array.from(weights, (weight, i) => {
    if (i === index) return count === 0 ? 1 : kept;
    return rest > 0 ? (weight / rest) * (1 - kept) : (1 - kept) / count;
  });
}

/** Options in which the weights of a step are set by hand. */
export function withForced(options: DecodeOptions, step: number, weights: readonly number[]): DecodeOptions {
  const others: Forced = (options.forcedAttention ?? []).filter((forced) => forced.step !== step);
  return { ...options, forcedAttention: [...others, { step, weights }] };
}
