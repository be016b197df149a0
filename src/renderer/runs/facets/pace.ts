/** When the tokens of a text that a model wrote were known. */

declare module '../facet.ts' {
  interface Facets {
    readonly pace: Pace;
  }
}

export interface Pace {
  /** Wall time since the run began, ms, [T]; 0 for what was given. */
  readonly times: readonly number[];
}

/** Takes down when each step of a text was done. */
export class PaceRecord {
  readonly #start = performance.now();
  readonly #steps: number[] = [];

  /** The next step is done. */
  step(): void {
    this.#steps.push(performance.now() - this.#start);
  }

  /** @param given tokens that were there before the first step, of `count` */
  of(count: number, given: number): Pace {
    return {
      times: Array.from({ length: count }, (_, i) => (i < given ? 0 : (this.#steps[i - given] ?? NaN))),
    };
  }
}
