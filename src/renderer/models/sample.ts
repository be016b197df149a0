/** How the next token is chosen from the logits of a position. */
import { largest } from '../runs/activations.ts';
import type { DecodeOptions } from '../runs/run-input.ts';

export type SampleOptions = Pick<DecodeOptions, 'temperature' | 'topK' | 'topP' | 'seed'>;

/** Chooses a token's id from the logits [V] of one position; −∞ is never chosen. */
export type Sampler = (logits: ArrayLike<number>) => number;

/**
 * The sampler of one generation. Temperature 0 (or left out) takes the largest logit. Else a token is drawn from
 * softmax(logits / temperature), cut to the `topK` largest and then to the fewest whose probabilities reach `topP`, in
 * the order of Transformers' logits processors (Holtzman et al. 2020 for top-p). The same seed gives the same tokens.
 */
export function createSampler({ temperature = 0, topK, topP, seed = 0 }: SampleOptions): Sampler {
  if (temperature === 0) return (logits) => largest(logits, 1)[0]?.index ?? 0;
  const random = randomNumbers(seed);
  return (logits) => {
    const sorted = sortedLogits(logits, topK);
    const top = sorted[0]?.value ?? 0;
    const weights = sorted.map(({ value }) => Math.exp((value - top) / temperature));
    const kept = nucleus(weights, topP);
    let left = random() * kept.reduce((sum, weight) => sum + weight, 0);
    const place = kept.findIndex((weight) => (left -= weight) < 0);
    return sorted[place < 0 ? kept.length - 1 : place]?.index ?? 0;
  };
}

/** Largest first. */
function sortedLogits(
  logits: ArrayLike<number>,
  topK: number | undefined,
): readonly { readonly index: number; readonly value: number }[] {
  if (topK !== undefined && topK < logits.length) return largest(logits, topK);
  return Array.from(logits, (value, index) => ({ value, index })).sort((a, b) => b.value - a.value);
}

/** The fewest first weights whose share of the sum reaches `topP`. */
function nucleus(weights: readonly number[], topP: number | undefined): readonly number[] {
  if (topP === undefined || topP >= 1) return weights;
  const goal = topP * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const last = weights.findIndex((weight) => (sum += weight) >= goal);
  return last < 0 ? weights : weights.slice(0, last + 1);
}

/** Uniform numbers in [0, 1), 32 bits each: Tommy Ettinger's mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
