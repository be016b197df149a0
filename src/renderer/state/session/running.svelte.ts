import { withCharacters } from '../../../common/text/byte-characters.ts';
import type { Profile } from '../../gpu/profile.ts';
import type { DecodeOptions, RunInput } from '../../runs/run-input.ts';
import type { Run } from '../../runs/run.ts';
import { withChanges, writeChanged } from './changed-model.ts';
import { startOf, type Kept } from './continuation.ts';
import { runText } from './elsewhere.ts';
import { isRunOf, runInput } from './run-input.ts';
import type { Encoding, OpenModel } from './session-state.ts';
import type { SlotOwner } from './slot-owner.ts';
import { Work } from './work.svelte.ts';

type Job = (model: OpenModel, former: Promise<void>, signal: AbortSignal) => Promise<void>;

/** What becomes of a slot's runs. */
export interface RunningEvents {
  /** Work is begun. */
  begun(): void;
  /** A run is about to come on screen. */
  showing(run: Run): void;
  /** A run is on screen. */
  shown(run: Run): void;
  /** The text has no tokens. */
  emptied(): void;
  failed(error: unknown): void;
}

/** The runs of a slot: the latest wish stops the one before, and what was there stays until the new one is ready. */
export class Running {
  /** Tokens are being written, one after another. */
  generating = $state(false);
  /** The latest text whose tokens are known; newer than the run's while that is computed. */
  encoding = $state.raw<Encoding | null>(null);
  readonly #work = new Work();

  constructor(
    private readonly slot: Pick<SlotOwner, 'model' | 'wish' | 'screen' | 'interventions'>,
    private readonly events: RunningEvents,
  ) {}

  get running(): boolean {
    return this.#work.running;
  }

  /** How far a long run is, as a share; null: nothing is known of it. */
  get progress(): number | null {
    return this.#work.progress;
  }

  /** The tokens of a text that is not the run's are on their way. */
  get isStale(): boolean {
    const { run } = this.slot.screen;
    return run !== null && !isRunOf(run, this.slot.wish, this.encoding);
  }

  /** Runs the text, whatever was there before. */
  again(): Promise<void> {
    return this.#begin(async (model, former, signal) => {
      await this.#compute(model, former, signal);
    });
  }

  /** Runs the same text again and files what its kernels took. @returns false when there was nothing to run. */
  async measure(profile: Profile): Promise<boolean> {
    let done = false;
    await this.#begin(async (model, former, signal) => {
      done = await this.#compute(model, former, signal, profile);
    });
    return done;
  }

  /**
   * Writes token by token; every token gives a run. `cancel` stops it: what is written stays.
   * @param from what of the run on screen is kept, and the token that is put behind it; null: the prompt
   */
  generate(options: DecodeOptions, from: Kept | null): Promise<void> {
    const { run } = this.slot.screen;
    const start = from === null || run === null ? null : startOf(run, this.slot.model?.loaded, from, options);
    return this.#begin(async (model, former, signal) => {
      const input = await this.#input(model, former, signal);
      if (input === null) return;
      const { tokens, decode } = start ?? { tokens: input.tokens, decode: options };
      const { changes } = this.slot.interventions;
      this.generating = true;
      try {
        for await (const next of writeChanged(model.loaded, changes, { ...input, tokens, decode }, signal))
          await this.#show(next, signal);
      } finally {
        this.generating = false;
      }
    });
  }

  /** Runs the text with tokens that were written behind it once. */
  rewrite(ids: readonly number[]): Promise<void> {
    return this.#begin(async (model, former, signal) => {
      const input = await this.#input(model, former, signal);
      if (input === null) return;
      const tokens = withCharacters([...input.tokens, ...ids.map((id) => input.vocabulary(id))]);
      await this.#showChanged(model, await model.loaded.run({ ...input, tokens }, signal), signal);
    });
  }

  /** A run of another text on the open model, behind the work that is under way; the caller gives it back. */
  hold(text: string): Promise<Run> {
    return this.#work.queue(async () => {
      const { model } = this.slot;
      if (model === null) throw new DOMException('No model is open.', 'AbortError');
      const { signal } = new AbortController();
      const tokens = await model.tokenizer.encode(text, signal);
      return model.loaded.run({ text, tokens, vocabulary: (id) => model.tokenizer.token(id) }, signal);
    });
  }

  /** Makes the run on screen one with the present changes; only what follows the first of them is computed. */
  applyChanges(): Promise<void> {
    return this.#begin(async (model, former, signal) => {
      await former;
      signal.throwIfAborted();
      const { base } = this.slot.screen;
      if (base === null || !this.slot.screen.isOf(this.slot.wish)) await this.#compute(model, former, signal);
      else await this.#showChanged(model, base, signal);
    });
  }

  /** Runs another text on the open model, behind the work that is under way. @throws as `runText` */
  beside<Result>(text: string, use: (run: Run) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#work.queue(() => runText(this.slot.model, text, use, signal));
  }

  /** Works with the open model, behind the work that is under way. @throws AbortError when none is open */
  withModel<Result>(use: (model: OpenModel) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#work.queue(() => {
      signal.throwIfAborted();
      const { model } = this.slot;
      if (model === null) throw new DOMException('No model is open.', 'AbortError');
      return use(model);
    });
  }

  /** Puts something behind the present work, such as a check that nobody waits for. */
  follow(next: (former: Promise<void>) => Promise<void>): void {
    this.#work.follow(next);
  }

  /** Stops the run under way; the one before stays on screen. */
  cancel(): void {
    this.#work.stop();
  }

  /** Resolves when nothing of this is on the GPU any more. */
  stop(): Promise<void> {
    this.#work.stop();
    return this.#work.queue(() => Promise.resolve());
  }

  /** Does the work of the latest wish. */
  async #begin(job: Job): Promise<void> {
    this.#work.stop();
    const { model } = this.slot;
    if (model === null) return;
    this.events.begun();
    await this.#work.start(
      (former, signal) => job(model, former, signal),
      (error) => this.events.failed(error),
    );
  }

  /** Runs the text, with the changes that are wished for, and shows it. @returns false for a text without tokens */
  async #compute(
    model: OpenModel,
    former: Promise<void>,
    signal: AbortSignal,
    profile: Profile | null = null,
  ): Promise<boolean> {
    const input = await this.#input(model, former, signal);
    if (input === null) this.events.emptied();
    else await this.#showChanged(model, await model.loaded.run({ ...input, profile }, signal), signal);
    return input !== null;
  }

  /** Makes the changes that are wished for and shows the run; where they can't be made, the run without them. */
  async #showChanged({ loaded }: OpenModel, base: Run, signal: AbortSignal): Promise<void> {
    const changed = withChanges(loaded, base, this.slot.interventions.changes, signal);
    await this.#show(await changed.catch(() => base), signal);
    await changed;
  }

  /** The input of the latest wish; null for a text without tokens. */
  #input(model: OpenModel, former: Promise<void>, signal: AbortSignal): Promise<RunInput | null> {
    const onEncoded = (encoding: Encoding) => (this.encoding = encoding);
    const onProgress = (done: number, total: number) => {
      if (!signal.aborted) this.#work.progress = total > 0 ? done / total : null;
    };
    return runInput(model, this.slot.wish, former, { onEncoded, onProgress }, signal);
  }

  /** @throws the signal's reason, with the run given back: nobody waits for it. */
  async #show(run: Run, signal: AbortSignal): Promise<void> {
    if (signal.aborted) this.slot.screen.release(run);
    signal.throwIfAborted();
    this.events.showing(run);
    await this.slot.screen.put(run, this.slot.wish);
    this.events.shown(run);
  }
}
