import type { ApiError } from '../../../common/contract.ts';
import { pca } from '../../analysis/pca.ts';
import { toApiError } from '../../../common/error.ts';
import type { Run } from '../../runs/run.ts';
import { isAbort, Latest } from '../../common/latest.ts';
import { neighbourhoods, sumOf } from '../../common/words.ts';
import { atLengthOne, mapPoints, type MapPoint } from './map.ts';

/** Words around the sum, around every word beside a sum, and around words alone. */
const AROUND = { sum: 10, beside: 3, alone: 6 } as const;

/** Points and where they stand. */
export interface WordPoints {
  readonly run: Run;
  readonly points: readonly MapPoint[];
  /** [n, 3]: along the axes in which the points differ most. */
  readonly places: Float32Array;
  /** Share of the variance along each axis. */
  readonly explained: readonly [number, number, number];
}

/** The map of a run; the newest run wins, and the last map stays until the next is there. */
export class WordMapWork {
  map = $state.raw<WordPoints | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly #latest = new Latest<Run>(
    (run) => this.#compute(run),
    (error) => {
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );

  ask(run: Run): void {
    this.#latest.ask(run);
  }

  close(): void {
    void this.#latest.close();
  }

  /** Words count by their direction; the sum stands where its words put it. */
  async #compute(run: Run): Promise<void> {
    const { gpu, width, vectorsOf } = run;
    if (vectorsOf === undefined) return;
    const sum = sumOf(run);
    const around = (position: number) =>
      position === sum ? AROUND.sum : sum === null ? AROUND.alone : AROUND.beside;
    const points = mapPoints(run, await neighbourhoods(run, around));
    const rows = atLengthOne(await vectorsOf(points.map(({ id }) => id)), width);
    const place = points.findIndex(({ kind }) => kind === 'sum');
    if (sum !== null && place >= 0) {
      const states = await run.activations.get('hidden_states.0')?.read();
      rows.set(states?.subarray(sum * width, (sum + 1) * width) ?? [], place * width);
    }
    const matrix = gpu.tensorFrom(rows, [points.length, width], 'word map', 'scratch');
    try {
      const found = await pca(gpu, [matrix]);
      try {
        this.map = { run, points, places: await gpu.read(found.points), explained: found.explained };
        this.error = null;
      } finally {
        found.release();
      }
    } finally {
      gpu.release(matrix);
    }
  }
}
