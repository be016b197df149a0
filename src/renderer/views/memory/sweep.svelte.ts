/** Milliseconds of a sweep over the whole text. */
const DURATION = 4000;

/** The sweep back through time as motion: how much of the text, from its end, is shown. */
export class Sweep {
  /** 0 … 1 */
  reach = $state(1);
  #frame: number | null = null;

  get isPlaying(): boolean {
    return this.reach < 1;
  }

  /** Begins at the end of the text; with reduced motion all of it is there at once. */
  play(): void {
    this.close();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    let begun: number | null = null;
    this.reach = 0;
    const next = (now: number) => {
      begun ??= now;
      this.reach = Math.min((now - begun) / DURATION, 1);
      this.#frame = this.reach < 1 ? requestAnimationFrame(next) : null;
    };
    this.#frame = requestAnimationFrame(next);
  }

  /** Shows all of it. */
  close(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
    this.reach = 1;
  }
}
