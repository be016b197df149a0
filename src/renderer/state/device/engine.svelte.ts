import type { Gpu } from '../../gpu/gpu.ts';
import type { CompileProgress } from '../../gpu/kernel.ts';
import { measurePeaks, type Peaks } from '../../gpu/peaks.ts';
import { Profile, profileRows, type ProfileRow } from '../../gpu/profile.ts';
import { applyTuning, tuneMatmul, tuningKey, type TuningResult } from '../../kernels/matmul/matmul-tuning.ts';
import { activity } from '../../common/activity.svelte.ts';
import { toApiError } from '../../../common/error.ts';
import type { ApiError } from '../../../common/contract.ts';
import type { Run } from '../../runs/run.ts';
import type { Settings } from '../window/settings.svelte.ts';

/** What a run's kernels took. */
export interface RunProfile {
  readonly rows: readonly ProfileRow[];
  /** Milliseconds of all rows. */
  readonly total: number;
  /** Each kernel by the GPU's own clock; else each submit by the CPU's. */
  readonly byTimestamp: boolean;
  readonly peaks: Peaks;
  readonly tokens: number;
  readonly model: string;
}

/** What the engine asks of the session that it belongs to. */
interface Runner {
  readonly run: Run | null;
  readonly phase: string;
  /** Runs the text again and files what its kernels took; false when there was nothing to run. */
  measure(profile: Profile): Promise<boolean>;
}

/** The window must have been at rest this long before an adapter is tuned by itself, ms. */
const REST = 2500;

/** The engine as its panel shows it: what the device is, what its kernels were tuned to, what the last run took. */
export class Engine {
  gpu = $state.raw<Gpu | null>(null);
  /** Kernels that compile now; null: none. */
  compiling = $state.raw<CompileProgress | null>(null);
  /** Classes of products, each with its tile. */
  choices = $state.raw<readonly (readonly [string, string])[]>([]);
  /** Times of the last tuning of this session; empty when the choices were kept from an earlier one. */
  timings = $state.raw<readonly TuningResult[]>([]);
  tuning = $state.raw<CompileProgress | null>(null);
  profile = $state.raw<RunProfile | null>(null);
  measuring = $state(false);
  error = $state.raw<ApiError | null>(null);
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #peaks: Peaks | null = null;

  constructor(
    private readonly session: Runner,
    private readonly settings: Settings,
  ) {}

  /** A new device is there; what its adapter was tuned to before is taken over. */
  attach(gpu: Gpu | null): void {
    this.cancelTuning();
    this.gpu = gpu;
    this.profile = null;
    this.timings = [];
    this.#peaks = null;
    if (gpu === null) return;
    applyTuning(gpu, this.settings.tuningOf(tuningKey(gpu)));
    this.choices = [...gpu.tuning];
    gpu.pipelines.onProgress = (progress) => {
      this.compiling = progress.done < progress.total ? { ...progress } : null;
    };
  }

  /**
   * A run is on screen: once the window has been at rest for a while, a GPU that was never tuned is. A software adapter is
   * tuned only when the user asks: it would take the processor from the window for as long as many runs.
   */
  rest(): void {
    this.cancelTuning();
    const { gpu } = this;
    if (gpu === null || gpu.facts.isSoftware) return;
    if (this.settings.tuningOf(tuningKey(gpu)) !== undefined) return;
    this.#timer = setTimeout(() => {
      if (activity.isBusy) this.rest();
      else if (this.session.phase === 'ready' && !gpu.isLost) void this.tune();
    }, REST);
  }

  /** Measures the tiles of every class of products and keeps the fastest. */
  async tune(): Promise<void> {
    this.cancelTuning();
    const { gpu } = this;
    if (gpu === null) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.tuning = { done: 0, total: 0 };
    this.error = null;
    try {
      const progress = (done: number, total: number) => {
        if (this.#abort === abort) this.tuning = { done, total };
      };
      this.timings = await tuneMatmul(gpu, progress, abort.signal);
      this.settings.setTuning(tuningKey(gpu), Object.fromEntries(gpu.tuning));
    } catch (error) {
      if (!abort.signal.aborted) this.error = toApiError(error);
    } finally {
      this.choices = [...gpu.tuning];
      if (this.#abort === abort) this.cancelTuning();
    }
  }

  /** Stops a tuning that is under way or to come; a new run does that, too. */
  cancelTuning(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#abort?.abort();
    this.#abort = null;
    this.tuning = null;
  }

  /** Back to the defaults of the device's class; it is tuned again when the user wishes. */
  reset(): void {
    this.cancelTuning();
    const { gpu } = this;
    if (gpu === null) return;
    gpu.tuning.clear();
    this.choices = [];
    this.timings = [];
    this.settings.setTuning(tuningKey(gpu), {});
  }

  /** Runs the text again and shows what its kernels took, as shares of what the device can do at most. */
  async measure(): Promise<void> {
    const { gpu } = this;
    if (gpu === null || this.measuring) return;
    this.cancelTuning();
    this.measuring = true;
    this.error = null;
    try {
      this.#peaks ??= await measurePeaks(gpu);
      const profile = new Profile();
      if (!(await this.session.measure(profile))) return;
      const rows = profileRows(profile.entries, this.#peaks);
      this.profile = {
        rows,
        total: rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
        byTimestamp: gpu.has('timestamp-query'),
        peaks: this.#peaks,
        tokens: this.session.run?.tokens.length ?? 0,
        model: this.session.run?.model.name ?? '',
      };
    } catch (error) {
      this.error = toApiError(error);
    } finally {
      this.measuring = false;
    }
  }
}
