import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { Run } from '../../runs/run.ts';
import { isAbort, Latest } from '../../common/latest.ts';
import { neighbourhoods, type Neighbourhood } from '../../common/words.ts';

/** Words in a list. */
const SHOWN = 12;

/** The lists of a run; the newest run wins, and the last lists stay until the next are there. */
export class NeighbourLists {
  lists = $state.raw<{ readonly run: Run; readonly of: readonly Neighbourhood[] } | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly #latest = new Latest<Run>(
    async (run) => {
      this.lists = { run, of: await neighbourhoods(run, () => SHOWN) };
      this.error = null;
    },
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
}
