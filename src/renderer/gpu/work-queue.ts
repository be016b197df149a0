/** Estimated milliseconds of one submit; a device that is slower than thought still answers within about 50 ms. */
export const SUBMIT_MILLISECONDS = 25;
/** Estimated milliseconds that may wait on the device; more would delay the drawing and a cancellation. */
const OUTSTANDING_MILLISECONDS = 60;
/** Costs of a dispatch besides its arithmetic. */
const DISPATCH_MILLISECONDS = 0.013;
/** Submits that took less say nothing: a device reports them late by a millisecond or two. */
const TELLING_MILLISECONDS = 5;

/** What a dispatch has to do, for estimates and for the profile. */
export interface Work {
  /** Floating-point operations; a multiply-add counts as two. */
  readonly flop: number;
  /** Bytes read and written, each once. */
  readonly bytes: number;
}

/** What a submit is made of: kernels and the milliseconds that their dispatches are estimated at. */
export type Shares = readonly { readonly kernel: string; readonly milliseconds: number }[];

/**
 * Keeps the device's queue short: submits wait until the estimated work in front of them is small. The estimates learn
 * from how long submits take, kernel by kernel: their speeds lie an order of magnitude apart.
 */
export class WorkQueue {
  readonly #device: Pick<GPUDevice, 'queue' | 'lost'>;
  readonly #flopPerMs: number;
  readonly #bytesPerMs: number;
  /** Real by first estimated time; 1 for kernels that have not been timed. */
  readonly #slowness = new Map<string, number>();
  /** When the last submit that is done was done. */
  #free = 0;
  #outstanding = 0;
  #waiting: (() => void)[] = [];

  constructor(device: Pick<GPUDevice, 'queue' | 'lost'>, isSoftware: boolean) {
    this.#device = device;
    // First guesses, low for their class: about 4 GFLOP/s on a CPU, 300 on an integrated GPU.
    this.#flopPerMs = isSoftware ? 4e6 : 3e8;
    this.#bytesPerMs = isSoftware ? 4e6 : 3e7;
  }

  /** Estimated milliseconds of a dispatch of a kernel on this device. */
  estimate(kernel: string, { flop, bytes }: Work): number {
    const slowness = this.#slowness.get(kernel) ?? 1;
    return slowness * (flop / this.#flopPerMs + bytes / this.#bytesPerMs) + DISPATCH_MILLISECONDS;
  }

  /** Resolves when the device has room for `milliseconds` more, or is lost. */
  async room(milliseconds: number): Promise<void> {
    while (this.#outstanding > 0 && this.#outstanding + milliseconds > OUTSTANDING_MILLISECONDS)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Submits work with the estimates of its parts. */
  submit(commands: GPUCommandBuffer, shares: Shares): void {
    const estimated = shares.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const queued = performance.now();
    this.#outstanding += estimated;
    this.#device.queue.submit([commands]);
    const done = () => {
      this.#outstanding = Math.max(0, this.#outstanding - estimated);
      if (this.#outstanding < 1e-6) this.#outstanding = 0;
      const now = performance.now();
      // Submits run one after another: this one began when it was queued, or when the one before was done.
      this.#learn(shares, estimated, now - Math.max(queued, this.#free));
      this.#free = now;
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    void Promise.race([this.#device.queue.onSubmittedWorkDone(), this.#device.lost]).then(done, done);
  }

  /** Moves each kernel's slowness towards what was measured, by its share in the submit. */
  #learn(shares: Shares, estimated: number, taken: number): void {
    if (estimated < TELLING_MILLISECONDS && taken < TELLING_MILLISECONDS) return;
    const ratio = Math.min(Math.max(taken / estimated, 0.2), 5);
    for (const { kernel, milliseconds } of shares) {
      const step = 1 + 0.3 * (milliseconds / estimated) * (ratio - 1);
      this.#slowness.set(kernel, Math.min(Math.max((this.#slowness.get(kernel) ?? 1) * step, 0.02), 50));
    }
  }
}
