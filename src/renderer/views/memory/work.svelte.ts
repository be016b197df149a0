import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { RecurrentTrace, Run } from '../../runs/run.ts';
import { comparison } from '../../state/session/comparison.svelte.ts';
import { gradientSeries, type Series } from './series.ts';

/** A model beside the one that is open. */
interface Other {
  readonly id: string;
  readonly name: string;
  /** Text that its curves are of; null: not measured yet. */
  readonly text: string | null;
  readonly series: readonly Series[];
  readonly error: ApiError | null;
}

/** Measures gradients through time: of the run, and of other models on its text. A new run cancels what is under way. */
export class MemoryWork {
  own = $state.raw<{
    readonly run: Run;
    readonly trace: RecurrentTrace;
    readonly spectral: boolean;
    readonly series: readonly Series[];
  } | null>(null);
  others = $state.raw<readonly Other[]>([]);
  /** How far the work is, 0 … 1; null: there is none. */
  progress = $state.raw<number | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** The user stopped the work. */
  stopped = $state(false);
  #abort: AbortController | null = null;

  /** Measures the run and every other model that has not been measured on its text. */
  async measure(run: Run, trace: RecurrentTrace, spectral: boolean): Promise<void> {
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    const { signal } = abort;
    const onProgress = (share: number) => {
      if (this.#abort === abort) this.progress = share;
    };
    this.progress = 0;
    this.stopped = false;
    try {
      const { own } = this;
      if (own?.run !== run || own.trace !== trace || own.spectral !== spectral) {
        const series = await gradientSeries(run, trace, { spectral, signal, onProgress });
        signal.throwIfAborted();
        this.own = { run, trace, spectral, series };
      }
      this.error = null;
      for (const other of this.others) {
        if (other.text === run.text && other.error === null) continue;
        await this.#measureOther(other, run.text, spectral, signal, onProgress);
      }
    } catch (error) {
      if (!signal.aborted) this.error = toApiError(error);
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.progress = null;
      }
    }
  }

  /** Adds a model, or takes it away; it is measured with the next `measure`. */
  toggle(id: string, name: string): void {
    this.others = this.others.some((other) => other.id === id)
      ? this.others.filter((other) => other.id !== id)
      : [...this.others, { id, name, text: null, series: [], error: null }];
  }

  /** Forgets what was measured of the other models. */
  forget(): void {
    this.others = this.others.map((other) => ({ ...other, text: null }));
  }

  /** Stops for the user, who may measure again. */
  stop(): void {
    this.cancel();
    this.stopped = true;
  }

  cancel(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.progress = null;
  }

  async #measureOther(
    { id, name }: Other,
    text: string,
    spectral: boolean,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<void> {
    let result: Other;
    try {
      const measure = async (run: Run) => {
        const trace = run.recurrent?.[0];
        return trace === undefined ? [] : gradientSeries(run, trace, { spectral, signal, onProgress });
      };
      const series = await comparison.run(id, text, measure, signal);
      result = { id, name, text, series, error: null };
    } catch (error) {
      signal.throwIfAborted();
      result = { id, name, text, series: [], error: toApiError(error) };
    }
    signal.throwIfAborted();
    this.others = this.others.map((other) => (other.id === id ? result : other));
  }
}
