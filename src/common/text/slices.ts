/** Milliseconds after which long work lets the window draw and hear the user. */
const SLICE = 12;

/** Divides long work of the window's own thread: `pause` is awaited often, and waits where it is time. */
export class Slices {
  #begun = performance.now();

  /** @throws the signal's reason */
  async pause(signal?: AbortSignal): Promise<void> {
    if (performance.now() - this.#begun < SLICE) return;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    this.#begun = performance.now();
  }
}
