import { activity } from './activity.svelte.ts';

/**
 * Runs an asynchronous job for the newest request only: while one is under way, later requests replace each other, and
 * the last one starts when it ends. Fast enough devices serve every request, slow ones skip what nobody waits for.
 */
export class Latest<Request> {
  readonly #job: (request: Request) => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #waiting: { request: Request } | null = null;
  #work: Promise<void> | null = null;
  #closed = false;

  /** @param failed is told what a job throws; aborts are told too. */
  constructor(job: (request: Request) => Promise<void>, failed: (error: unknown) => void) {
    this.#job = job;
    this.#failed = failed;
  }

  /** True from `close` on: a job that returns later must drop what it made. */
  get closed(): boolean {
    return this.#closed;
  }

  ask(request: Request): void {
    if (this.#closed) return;
    this.#waiting = { request };
    this.#work ??= this.#workOff();
  }

  /** Starts nothing any more; resolves when the job under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting = null;
    await this.#work;
  }

  async #workOff(): Promise<void> {
    const end = activity.begin();
    while (this.#waiting !== null) {
      const { request } = this.#waiting;
      this.#waiting = null;
      try {
        await this.#job(request);
      } catch (error) {
        if (!this.#closed) this.#failed(error);
      }
    }
    end();
    this.#work = null;
  }
}

/** True when two requests agree in every field: what is asked again need not be done again. */
export function sameFields<Request extends object>(a: Request | null, b: Request): boolean {
  return a !== null && (Object.keys(b) as (keyof Request)[]).every((key) => a[key] === b[key]);
}

/** True for the error of something that was given up: nobody needs to be told. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
