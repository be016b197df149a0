import { SvelteMap } from 'svelte/reactivity';
import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { Prediction, Run } from '../../runs/run.ts';
import { isAbort, Latest } from '../../common/latest.ts';
import { SHOWN } from './rows.ts';

interface Sight {
  readonly run: Run;
  readonly positions: readonly number[];
}

/** Predictions of the rows that are in sight, computed when they come into it. */
export class PredictionRows {
  error = $state.raw<ApiError | null>(null);
  #run: Run | null = null;
  #sight: Sight | null = null;
  readonly #known = new SvelteMap<number, readonly Prediction[]>();
  readonly #latest = new Latest<Sight>(
    (sight) => this.#compute(sight),
    (error) => {
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );

  show(run: Run, positions: readonly number[]): void {
    if (this.#run !== run) {
      this.#run = run;
      this.#known.clear();
      this.error = null;
    }
    this.#sight = { run, positions };
    this.#latest.ask(this.#sight);
  }

  /** Null: not computed yet. */
  of(position: number): readonly Prediction[] | null {
    return this.#known.get(position) ?? null;
  }

  close(): void {
    void this.#latest.close();
  }

  async #compute(sight: Sight): Promise<void> {
    for (const position of sight.positions) {
      // Newer rows first, when the user has scrolled on.
      if (this.#sight !== sight || this.#latest.closed) return;
      if (this.#known.has(position)) continue;
      const found = await sight.run.top(position, SHOWN);
      if (this.#run === sight.run) this.#known.set(position, found);
    }
  }
}
