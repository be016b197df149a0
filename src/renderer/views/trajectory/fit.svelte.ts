import type { ApiError } from '../../../common/contract.ts';
import { HeadgateError, toApiError } from '../../../common/error.ts';
import type { Run } from '../../runs/run.ts';
import { isAbort, Latest } from '../../common/latest.ts';
import type { Join } from './geometry.ts';
import { boxAround, coordinates, intoBox, statesOf, type Box, type Coordinates } from './states.ts';

export interface FitRequest {
  readonly run: Run;
  readonly join: Join;
  /** The state whose tokens are joined; along layers all states are taken together. */
  readonly state: number;
  readonly firstToken: number;
  /** Every state is scaled to the same length. */
  readonly sameLength: boolean;
}

/** Where the points of a run stand. */
export interface Fit extends FitRequest {
  readonly coordinates: Coordinates;
  readonly box: Box;
  readonly places: Float32Array;
}

/** The principal components of a run's states; the newest request wins, and the last fit stays until the next is there. */
export class Fits {
  fit = $state.raw<Fit | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly #latest = new Latest<FitRequest>(
    (request) => this.#compute(request),
    (error) => {
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );

  request(request: FitRequest): void {
    this.#latest.ask(request);
  }

  close(): void {
    void this.#latest.close();
  }

  async #compute(request: FitRequest): Promise<void> {
    const { run, join, state, firstToken, sameLength } = request;
    const found = await coordinates(run, {
      firstState: join === 'layers' ? 0 : state,
      states: join === 'layers' ? statesOf(run).length : 1,
      firstToken,
      sameLength,
    });
    if (this.#latest.closed) return;
    if (found.places.some((place) => !Number.isFinite(place))) throw notNumbers();
    const box = boxAround(found.places);
    this.fit = { ...request, coordinates: found, box, places: intoBox(found.places, box) };
    this.error = null;
  }
}

function notNumbers(): HeadgateError {
  return new HeadgateError(
    'invalid-values',
    'The states hold NaN or infinite values, so they have no main directions.',
    'The status line says where the first of them arose.',
  );
}
