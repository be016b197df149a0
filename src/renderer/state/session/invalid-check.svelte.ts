import type { ApiError } from '../../../common/contract.ts';
import { findInvalid, invalidNotice } from '../../runs/invalid.ts';
import type { Run } from '../../runs/run.ts';

/** Whether the run on screen is made of numbers throughout. */
export class InvalidCheck {
  /** What the window says about a run that is not; null: it is, or that is not known yet. */
  error = $state.raw<ApiError | null>(null);
  /** It holds NaN or infinities. */
  isFound = $state(false);
  #run: Run | null = null;

  /** Looks through a run that was put on screen. @param weights tensors of its model that hold NaN or infinities */
  async follow(run: Run, weights: readonly string[]): Promise<void> {
    this.isFound = false;
    this.#run = run;
    const invalid = await findInvalid(run).catch(() => null);
    if (this.#run !== run) return;
    this.error = invalid === null ? null : invalidNotice(invalid, weights);
    this.isFound = invalid !== null;
  }
}
