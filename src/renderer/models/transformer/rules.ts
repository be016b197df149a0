/** What a text may go on with: the logits processors of Transformers' generate(), in its order. */
import type { GenerationConfig } from '../../../common/configs/generation-config.ts';

export class WritingRules {
  readonly #config: GenerationConfig;
  readonly #most: number;

  /** @param most tokens that the text has at most, its start token among them */
  constructor(config: GenerationConfig, most: number) {
    this.#config = config;
    this.#most = most;
  }

  /**
   * Changes the scores of the next token, [V]: what may not be written becomes −∞.
   * @param text the decoder's tokens so far
   * @param prompt how many of them were given
   */
  apply(text: readonly number[], prompt: number, scores: Float32Array): void {
    const { ends, minLength, minNewTokens, forcedFirst, forcedEnds } = this.#config;
    this.#penalise(text, scores);
    for (const id of this.#repeats(text)) scores[id] = -Infinity;
    for (const word of this.#config.badWords) {
      const before = word.slice(0, -1);
      const last = word.at(-1) ?? 0;
      // A word that is an end token alone would never let a text end.
      const isEnd = word.length === 1 && ends.includes(last);
      if (!isEnd && endsWith(text, before)) scores[last] = -Infinity;
    }
    if (text.length < minLength || text.length - prompt < minNewTokens)
      for (const id of ends) scores[id] = -Infinity;
    if (text.length === 1 && forcedFirst !== null) allowOnly([forcedFirst], scores);
    if (text.length === this.#most - 1 && forcedEnds.length > 0) allowOnly(forcedEnds, scores);
  }

  #penalise(text: readonly number[], scores: Float32Array): void {
    const { repetitionPenalty: penalty } = this.#config;
    if (penalty === 1) return;
    for (const id of new Set(text)) {
      const score = scores[id] ?? 0;
      scores[id] = score < 0 ? score * penalty : score / penalty;
    }
  }

  /** Tokens that would repeat a sequence of `noRepeat` tokens. */
  #repeats(text: readonly number[]): number[] {
    const { noRepeat: n } = this.#config;
    if (n === 0 || text.length + 1 < n) return [];
    const end = text.slice(text.length - n + 1);
    return text.filter((_, i) => i >= n - 1 && end.every((id, k) => text[i - n + 1 + k] === id));
  }
}

function endsWith(text: readonly number[], end: readonly number[]): boolean {
  return text.length >= end.length && end.every((id, i) => text[text.length - end.length + i] === id);
}

function allowOnly(ids: readonly number[], scores: Float32Array): void {
  scores.fill(-Infinity);
  for (const id of ids) scores[id] = 0;
}
