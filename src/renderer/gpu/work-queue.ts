/** Estimated milliseconds of one submit; a device that is slower than thought still answers within about 50 ms. */
export const SUBMIT_MILLISECONDS = 25;
/** Estimated milliseconds that may wait on the device; more would delay the drawing and a cancellation. */
const OUTSTANDING_MILLISECONDS = 60;
/** Costs of a dispatch besides its arithmetic. */
const DISPATCH_MILLISECONDS = 0.013;
/** Time that is told of at once: the end of a submit is reported late by a millisecond or two, or with that of the next. */
const TELLING_MILLISECONDS = 30;

/** What a dispatch has to do, for estimates and for the profile. */
export interface Work {
  /** Floating-point operations; a multiply-add counts as two. */
  readonly flop: number;
  /** Bytes read and written, each once. */
  readonly bytes: number;
}

/** A dispatch in a submit. */
export interface Part {
  readonly kernel: string;
  readonly work: Work;
}

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
  /** What was done since the estimates last learned: how long it took, and its first estimates by kernel. */
  #taken = 0;
  #done = new Map<string, number>();
  #outstanding = 0;
  #waiting: (() => void)[] = [];

  constructor(device: Pick<GPUDevice, 'queue' | 'lost'>, isSoftware: boolean) {
    this.#device = device;
    // First guesses, low for their class: about 4 GFLOP/s on a CPU, 300 on an integrated GPU.
    this.#flopPerMs = isSoftware ? 4e6 : 3e8;
    this.#bytesPerMs = isSoftware ? 4e6 : 3e7;
  }

  /** Estimated milliseconds of a dispatch of a kernel on this device. */
  estimate({ kernel, work }: Part): number {
    return (this.#slowness.get(kernel) ?? 1) * this.#guess(work);
  }

  /** The estimate for a kernel that has not been timed, ms; above 0 even where there is nothing to do. */
  #guess({ flop, bytes }: Work): number {
    return flop / this.#flopPerMs + bytes / this.#bytesPerMs + DISPATCH_MILLISECONDS;
  }

  /** Resolves when the device has room for `milliseconds` more, or is lost. */
  async room(milliseconds: number): Promise<void> {
    while (this.#outstanding > 0 && this.#outstanding + milliseconds > OUTSTANDING_MILLISECONDS)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Submits work that consists of `parts`. */
  submit(commands: GPUCommandBuffer, parts: readonly Part[]): void {
    const estimated = parts.reduce((sum, part) => sum + this.estimate(part), 0);
    const queued = performance.now();
    this.#outstanding += estimated;
    this.#device.queue.submit([commands]);
    const done = () => {
      this.#outstanding = Math.max(0, this.#outstanding - estimated);
      if (this.#outstanding < 1e-6) this.#outstanding = 0;
      const now = performance.now();
      // Submits run one after another: this one began when it was queued, or when the one before was done.
      this.#taken += now - Math.max(queued, this.#free);
      this.#free = now;
      for (const { kernel, work } of parts)
        this.#done.set(kernel, (this.#done.get(kernel) ?? 0) + this.#guess(work));
      if (this.#taken > TELLING_MILLISECONDS) this.#learn();
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    void Promise.race([this.#device.queue.onSubmittedWorkDone(), this.#device.lost]).then(done, done);
  }

  /** Moves each kernel's slowness towards what was measured, by its share in the work. */
  #learn(): void {
    const speeds = [...this.#done].map(([kernel, guess]) => {
      const slowness = this.#slowness.get(kernel) ?? 1;
      return { kernel, slowness, estimated: slowness * guess };
    });
    const total = speeds.reduce((sum, { estimated }) => sum + estimated, 0);
    const ratio = Math.min(Math.max(this.#taken / total, 0.2), 5);
    for (const { kernel, slowness, estimated } of speeds) {
      const next = slowness * (1 + 0.5 * (estimated / total) * (ratio - 1));
      this.#slowness.set(kernel, Math.min(Math.max(next, 0.02), 50));
    }
    this.#taken = 0;
    this.#done.clear();
  }
}
