/** What is to be done once the former work has stopped; `signal` says that nobody waits for it any more. */
type Job = (former: Promise<void>, signal: AbortSignal) => Promise<void>;

/** One piece of work at a time: the latest wish stops the one before it. */
export class Work {
  running = $state(false);
  /** How far long work is, as a share; null: nothing is known of it. */
  progress = $state.raw<number | null>(null);
  #abort: AbortController | null = null;
  #last: Promise<void> = Promise.resolve();

  /** @param failed is told what the job throws, unless nobody waits for it */
  async start(job: Job, failed: (error: unknown) => void): Promise<void> {
    this.stop();
    const abort = new AbortController();
    const { signal } = abort;
    this.#abort = abort;
    this.running = true;
    this.progress = null;
    const work = job(this.#last, signal);
    this.follow(() => work);
    try {
      await work;
    } catch (error) {
      if (!signal.aborted) failed(error);
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.running = false;
      }
    }
  }

  /** Puts something behind the present work, such as a check that nobody waits for. */
  follow(next: (former: Promise<void>) => Promise<void>): void {
    this.#last = next(this.#last).catch(() => undefined);
  }

  /** Does something small behind the present work; what comes later waits for it. */
  queue<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(job);
    this.follow(async () => void (await result));
    return result;
  }

  stop(): void {
    this.#abort?.abort();
  }
}
