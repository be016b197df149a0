import { untrack } from 'svelte';

/** Work whose results are about to be on screen: until it ends, views may show the run before. */
export class Activity {
  #count = $state(0);

  get isBusy(): boolean {
    return this.#count > 0;
  }

  /** A piece of work begins. @returns what is to be called once it has ended; a second call does nothing */
  begin(): () => void {
    let hasEnded = false;
    this.#add(1);
    return () => {
      if (!hasEnded) this.#add(-1);
      hasEnded = true;
    };
  }

  /** Counts a promise as work until it settles. */
  follow(work: Promise<unknown>): void {
    const end = this.begin();
    work.then(end, end);
  }

  /** Whoever begins work in an effect does not follow how much there is. */
  #add(change: number): void {
    untrack(() => (this.#count += change));
  }
}

/** What the window's views are working on. */
export const activity = new Activity();
