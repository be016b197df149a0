import type { ApiError } from '../../../common/contract.ts';

/** So many losses within this time, ms, are no accident: the user decides about another try. */
const MOST_LOSSES = 3;
const LOSS_WINDOW = 60_000;

export const TOO_MANY_LOSSES: ApiError = {
  code: 'device-lost',
  message: 'The graphics device was lost again and again.',
  hint: 'A shorter text or a smaller model asks less of it; a newer graphics driver may help.',
};

/** Counts how often the GPU was lost lately. */
export class Losses {
  #times: number[] = [];

  /** @returns false when there were too many to try once more. */
  add(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < LOSS_WINDOW), now];
    return this.#times.length <= MOST_LOSSES;
  }

  forget(): void {
    this.#times = [];
  }
}
