import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import type { Run } from '../../runs/run.ts';
import { isAbort, Latest } from '../../common/latest.ts';

/** What a decoder's attention did at one step. */
export interface AttentionStep {
  readonly run: Run;
  readonly step: number;
  /** [S] */
  readonly scores: Float32Array;
  readonly weights: Float32Array;
  /** [K] */
  readonly context: Float32Array;
}

/** The numbers of the step that is looked at; the last one stays until the next is there. */
export class StepReader {
  value = $state.raw<AttentionStep | null>(null);
  error = $state.raw<ApiError | null>(null);
  readonly #latest = new Latest<{ run: Run; step: number }>(
    async ({ run, step }) => {
      const [scores, weights, context] = await Promise.all(
        ['attention.scores', 'attention.weights', 'attention.context'].map((name) =>
          readRow(run, name, step),
        ),
      );
      if (scores && weights && context) this.value = { run, step, scores, weights, context };
      this.error = null;
    },
    (error) => {
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );

  ask(run: Run, step: number): void {
    this.#latest.ask({ run, step });
  }

  close(): void {
    void this.#latest.close();
  }
}

/** One row of an activation. */
async function readRow(run: Run, name: string, row: number): Promise<Float32Array> {
  const activation = run.activations.get(name);
  if (activation === undefined) throw new Error(`The run has no “${name}”.`);
  const { tensor, release } = await activation.lease();
  try {
    return await run.gpu.read(rowsOf(tensor, row, row + 1));
  } finally {
    release();
  }
}
