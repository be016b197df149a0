import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { Sampler } from '../sample.ts';
import type { WritingRules } from './rules.ts';

export interface TokenWriting {
  readonly gpu: Gpu;
  /** `V` */
  readonly vocabulary: number;
  /** What the text begins with. */
  readonly given: readonly number[];
  /** What it goes on with, whatever the model says. */
  readonly forced: readonly number[];
  /** Tokens that the text has at most. */
  readonly most: number;
  /** Tokens that end it. */
  readonly ends: readonly number[];
  readonly rules: WritingRules;
  readonly sample: Sampler;
  /** Sends text[first …] through the model, after all tokens before them; the scores of the next one go to `logits` [1, V]. */
  readonly step: (text: readonly number[], first: number, logits: GpuTensor) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** What is there after some tokens, all of which went through the model. */
export interface WrittenTokens {
  readonly ids: readonly number[];
  /** Nothing follows. */
  readonly isLast: boolean;
}

/** A text that grows token by token: yields after what is given, and after each token that is found. */
export async function* writeTokens(writing: TokenWriting): AsyncGenerator<WrittenTokens, void> {
  const { gpu, vocabulary, given, forced, most, ends, rules, sample, step, signal, onProgress } = writing;
  const logits = gpu.tensor([1, vocabulary], 'logits of a token', 'scratch');
  try {
    const ids = [...given];
    for (let read = 0; ;) {
      await step(ids, read, logits);
      read = ids.length;
      onProgress?.(read - given.length, most - given.length);
      const isEnd = read > given.length && ends.includes(ids.at(-1) ?? -1);
      const isLast = isEnd || read >= most;
      const next = forced[read - given.length];
      const scores = isLast || next !== undefined ? null : await gpu.read(logits, signal);
      yield { ids: [...ids], isLast };
      if (isLast) return;
      if (scores === null) ids.push(next ?? 0);
      else {
        rules.apply(ids, given.length, scores);
        ids.push(sample(scores));
      }
    }
  } finally {
    gpu.release(logits);
  }
}
