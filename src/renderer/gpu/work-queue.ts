/** Estimated milliseconds of one submit; a device that is slower than thought still answers within about 50 ms. */
export const SUBMIT_MILLISECONDS = 25;
/** Estimated milliseconds that may wait on the device; more would delay the drawing and a cancellation. */
const OUTSTANDING_MILLISECONDS = 60;
/** Costs of a dispatch besides its arithmetic. */
const DISPATCH_MILLISECONDS = 0.013;

/** What a dispatch has to do, for estimates and for the profile. */
export interface Work {
  /** Floating-point operations; a multiply-add counts as two. */
  readonly flop: number;
  /** Bytes read and written, each once. */
  readonly bytes: number;
}

/**
 * Keeps the device's queue short: submits wait until the estimated work in front of them is small. The estimate learns
 * from how long submits take.
 */
export class WorkQueue {
  readonly #device: GPUDevice;
  readonly #flopPerMs: number;
  readonly #bytesPerMs: number;
  #slowness = 1;
  #outstanding = 0;
  #waiting: (() => void)[] = [];

  constructor(device: GPUDevice, isSoftware: boolean) {
    this.#device = device;
    // First guesses, low for their class: about 4 GFLOP/s on a CPU, 300 on an integrated GPU.
    this.#flopPerMs = isSoftware ? 4e6 : 3e8;
    this.#bytesPerMs = isSoftware ? 4e6 : 3e7;
  }

  /** Estimated milliseconds of a dispatch on this device. */
  estimate({ flop, bytes }: Work): number {
    return this.#slowness * (flop / this.#flopPerMs + bytes / this.#bytesPerMs + DISPATCH_MILLISECONDS);
  }

  /** Resolves when the device has room for `milliseconds` more, or is lost. */
  async room(milliseconds: number): Promise<void> {
    while (this.#outstanding > 0 && this.#outstanding + milliseconds > OUTSTANDING_MILLISECONDS)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Submits work that was estimated at `milliseconds`. */
  submit(commands: GPUCommandBuffer, milliseconds: number): void {
    const alone = this.#outstanding === 0;
    const start = performance.now();
    this.#outstanding += milliseconds;
    this.#device.queue.submit([commands]);
    const done = () => {
      this.#outstanding = Math.max(0, this.#outstanding - milliseconds);
      if (this.#outstanding < 1e-6) this.#outstanding = 0;
      if (alone && milliseconds > 5) this.#learn((performance.now() - start) / milliseconds);
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    void Promise.race([this.#device.queue.onSubmittedWorkDone(), this.#device.lost]).then(done, done);
  }

  #learn(ratio: number): void {
    const next = this.#slowness * (0.7 + 0.3 * Math.min(Math.max(ratio, 0.2), 5));
    this.#slowness = Math.min(Math.max(next, 0.02), 50);
  }
}
