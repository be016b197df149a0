import type { Profile } from '../../gpu/profile.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Run } from '../../runs/run.ts';
import type { Kept } from './continuation.ts';
import { runOnce } from './elsewhere.ts';
import type { Running } from './running.svelte.ts';
import type { Encoding, OpenModel } from './session-state.ts';
import { SlotText } from './slot-text.svelte.ts';

/** What a slot runs: its text, and other texts beside it. */
export abstract class SlotRuns extends SlotText {
  protected abstract readonly work: Running;

  get running(): boolean {
    return this.work.running;
  }

  get progress(): number | null {
    return this.work.progress;
  }

  get generating(): boolean {
    return this.work.generating;
  }

  get encoding(): Encoding | null {
    return this.work.encoding;
  }

  get isStale(): boolean {
    return this.work.isStale;
  }

  /** Runs the text with tokens that were written behind it once. */
  rewrite(ids: readonly number[]): Promise<void> {
    return this.work.rewrite(ids);
  }

  /** A run of another text on the open model, which the caller gives back. */
  hold(text: string): Promise<Run> {
    return this.work.hold(text);
  }

  /** Writes token by token, see `Running.generate`. */
  generate(options: DecodeOptions, from: Kept | null): Promise<void> {
    return this.work.generate(options, from);
  }

  /** Makes the run on screen one with the present changes; only what follows the first of them is computed. */
  applyChanges(): Promise<void> {
    return this.work.applyChanges();
  }

  /**
   * Runs the text on another model of the library, beside the open ones, and gives everything back.
   * @throws what loading and running throw; the signal's reason.
   */
  runElsewhere<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    return runOnce(this.window, id, text, use, signal);
  }

  /** Runs another text on the open model, behind the work that is under way. @throws as `runText` */
  runBeside<Result>(text: string, use: (run: Run) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.work.beside(text, use, signal);
  }

  /** Works with the open model, behind the work that is under way. @throws AbortError when none is open */
  withModel<Result>(use: (model: OpenModel) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.work.withModel(use, signal);
  }

  cancelRun(): void {
    this.work.cancel();
  }

  measure(profile: Profile): Promise<boolean> {
    return this.work.measure(profile);
  }

  runAgain(): Promise<void> {
    return this.work.again();
  }
}
