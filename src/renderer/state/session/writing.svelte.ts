import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Token } from '../../runs/run.ts';
import { without } from '../../common/without.ts';
import { runningText } from '../../text/running-text.ts';
import type { SlotOwner } from './slot-owner.ts';

/** How tokens are chosen; null: no limit. */
export interface Choice {
  readonly temperature: number;
  readonly topK: number | null;
  readonly topP: number | null;
  readonly seed: number;
}

const GREEDY: Choice = { temperature: 0, topK: null, topP: null, seed: 0 };

/** How views see what is written, and change how it is drawn. */
class Sampling {
  constructor(private readonly writing: Writing) {}

  get choice(): Choice {
    return this.writing.choice;
  }

  setTemperature(temperature: number): void {
    this.writing.choice = { ...this.writing.choice, temperature };
  }

  get written(): number | null {
    return this.writing.firstWritten;
  }
}

/** What the user does with a model that writes: go on, step by step, or with a token of their own. */
export class Writing {
  /** Tokens that are written at a time. */
  length = $state(24);
  choice = $state.raw<Choice>(GREEDY);

  /** The same for views, which tell what was written from what was not. */
  readonly sampling = new Sampling(this);

  constructor(private readonly slot: SlotOwner) {}

  /** What the open model writes; null: nothing, or no model is open. */
  get kind(): 'continuation' | 'output' | null {
    return this.slot.model?.loaded.writes ?? null;
  }

  /** True when the model may take a second text: it only reads, and attends to all that it reads. */
  get takesPairs(): boolean {
    const { run, model } = this.slot;
    return model !== null && this.kind === null && run?.attention.some(({ causal }) => !causal) === true;
  }

  /** The run on screen has tokens beyond the text's own. */
  get hasWritten(): boolean {
    const { run, encoding } = this.slot;
    if (this.kind !== 'continuation' || run === null || encoding?.text !== run.text) return false;
    return run.tokens.length > encoding.tokens.length;
  }

  /** Index of the first token beyond the text's own; null: there is none. */
  get firstWritten(): number | null {
    return this.hasWritten ? (this.slot.encoding?.tokens.length ?? null) : null;
  }

  /** Ids of the tokens beyond the text's own. */
  get writtenIds(): number[] {
    const { run, encoding } = this.slot;
    if (!this.hasWritten || run === null || encoding === null) return [];
    return run.tokens.slice(encoding.tokens.length).map(({ id }) => id);
  }

  /** What the run on screen has written, as text; a continuation is one of the text that stands there now. */
  get written(): string {
    const { run, encoding } = this.slot;
    if (run === null || (this.kind === 'continuation' && !this.hasWritten)) return '';
    const from = this.kind === 'continuation' ? (encoding?.tokens.length ?? 0) : 0;
    return runningText(run.tokens.slice(from).filter(({ special }) => !special));
  }

  /** Hypotheses of the search for an output; 1: there is no search. */
  get beams(): number {
    return this.kind === 'output' ? (this.slot.decode?.beams ?? 1) : 1;
  }

  /** In a few words. */
  get summary(): string {
    if (this.beams > 1) return 'beam search';
    const { temperature, topK, topP } = this.choice;
    if (temperature === 0) return 'most probable';
    return [`T ${temperature}`, topK === null ? '' : `top-k ${topK}`, topP === null ? '' : `top-p ${topP}`]
      .filter((part) => part !== '')
      .join(' · ');
  }

  /** Goes on from what is there; an encoder-decoder writes its output again, before the user's eyes. */
  write(): Promise<void> {
    const { run, isStale } = this.slot;
    const isContinued = this.kind === 'continuation' && run !== null && !isStale;
    return this.slot.generate(
      this.#options(this.kind === 'continuation' ? this.length : null),
      isContinued ? { count: run.tokens.length, force: [] } : null,
    );
  }

  /** Writes one token. */
  step(): Promise<void> {
    const { run, isStale } = this.slot;
    const count = run === null || isStale || this.#isComplete ? 0 : run.tokens.length;
    return this.slot.generate(this.#options(1), count === 0 ? null : { count, force: [] });
  }

  /** Puts tokens at a position of the run's tokens and goes on from there. */
  force(position: number, tokens: readonly Token[]): Promise<void> {
    return this.slot.generate(this.#options(this.kind === 'continuation' ? this.length : null), {
      count: position,
      force: tokens,
    });
  }

  /** True when a text of the user's can be put where the model writes: it is cut by the same tokenizer. */
  get takesText(): boolean {
    return this.kind !== null && this.slot.run !== null && this.slot.run.facet('recurrent') === null;
  }

  /** Puts a text of the user's at a position of the run's tokens and goes on from there. */
  async forceText(position: number, text: string): Promise<void> {
    const tokens = await this.slot.model?.tokenizer.encode(text, new AbortController().signal);
    const own = tokens?.filter(({ span }) => span !== null) ?? [];
    if (own.length > 0) await this.force(position, own);
  }

  /** Lets go of what was written. */
  reset(): Promise<void> {
    return this.slot.runAgain();
  }

  /** An output that has come to its end. */
  get #isComplete(): boolean {
    return this.kind === 'output' && this.slot.run?.tokens.at(-1)?.special === true;
  }

  #options(maxTokens: number | null): DecodeOptions {
    const { temperature, topK, topP, seed } = this.choice;
    const { decode } = this.slot;
    return {
      // What is set for outputs holds while they are written as well, but for one that is given.
      ...(this.kind === 'output' && decode !== null ? without(decode, 'target', 'targetText') : {}),
      ...(maxTokens === null ? {} : { maxTokens }),
      ...(temperature === 0 ? {} : { temperature, seed }),
      ...(temperature === 0 || topK === null ? {} : { topK }),
      ...(temperature === 0 || topP === null ? {} : { topP }),
    };
  }
}
