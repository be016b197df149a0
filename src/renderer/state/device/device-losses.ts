import type { ApiError } from '../../../common/contract.ts';

/** So many losses within a minute are no accident: the user decides about another try. */
const MOST_LOSSES = 15;
/** So many in a row without the window having become ready: what it repeats is what the device is lost by. */
const MOST_IN_A_ROW = 3;
const LOSS_WINDOW = 60_000;

export const TOO_MANY_LOSSES: ApiError = {
  code: 'device-lost',
  message: 'The graphics device was lost again and again.',
  hint: 'A shorter text or a smaller model asks less of it; a newer graphics driver may help.',
};

/** Counts how often the GPU was lost lately. */
export class Losses {
  #times: number[] = [];
  #inARow = 0;

  /** @returns false when there were too many to try once more. */
  add(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < LOSS_WINDOW), now];
    this.#inARow += 1;
    return this.#times.length <= MOST_LOSSES && this.#inARow <= MOST_IN_A_ROW;
  }

  /** Everything was brought back and shown: what is repeated does not lose the device. */
  hasSettled(): void {
    this.#inARow = 0;
  }

  forget(): void {
    this.#times = [];
    this.#inARow = 0;
  }
}
