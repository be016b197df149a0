/** Milliseconds of a step. */
const STEP = 700;

/** Goes on step by step until the end, or until it is paused. Steps follow each other also where motion is unwelcome. */
export class Player {
  playing = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param step goes on; false: this was the last */
  constructor(
    private readonly step: () => boolean,
    private readonly milliseconds = STEP,
  ) {}

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    this.pause();
    this.playing = true;
    this.#next();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.playing = false;
  }

  #next(): void {
    this.#timer = setTimeout(() => {
      if (this.step()) this.#next();
      else this.pause();
    }, this.milliseconds);
  }
}
