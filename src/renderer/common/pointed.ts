import { activity } from './activity.svelte.ts';

/** Milliseconds that a value is waited for before its place is shown without it: a busy device answers late. */
const LATE = 100;

interface Wanted {
  readonly value: () => Promise<unknown>;
  readonly show: () => void;
}

/**
 * Shows what the pointer is on when its value is there, so that one frame shows the place with the value: a frame that
 * shows the place alone would hold up a software device, which draws and computes. The newest place wins; what the pointer
 * passed while a value was read is left out.
 */
export class Pointed {
  /** Waits for the one that is read. */
  #newest: Wanted | null = null;
  /** Is read, and not shown yet; null: nothing is, or nobody wants it any more. */
  #read: Wanted | null = null;
  #isReading = false;

  /** @param value reads what is to be shown; what it rejects with is told where the value is shown */
  to(value: () => Promise<unknown>, show: () => void): void {
    this.#newest = { value, show };
    if (!this.#isReading) void this.#workOff();
  }

  /** Shows the newest place at once, without its value: what comes next, such as a key, is about it. */
  now(): void {
    const newest = this.#newest ?? this.#read;
    this.away();
    newest?.show();
  }

  /** The pointer is on nothing: what is still read is not shown. */
  away(): void {
    this.#newest = null;
    this.#read = null;
  }

  async #workOff(): Promise<void> {
    this.#isReading = true;
    const end = activity.begin();
    while (this.#newest !== null) {
      const wanted = this.#newest;
      this.#newest = null;
      this.#read = wanted;
      await untilLate(wanted.value());
      if (this.#read === wanted) {
        this.#read = null;
        wanted.show();
      }
    }
    end();
    this.#isReading = false;
  }
}

/** Resolves when a promise is settled, and at the latest when it is late. */
async function untilLate(value: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LATE)));
  await Promise.race([value.catch(() => undefined), late]);
  clearTimeout(timer);
}
