/** Buffers that several runs look at: the cache of one generation, of which every run sees the beginning. */
import type { Gpu } from '../gpu/gpu.ts';
import { Holdings } from './activations.ts';

/** Given back when the last of those who leased them has let go. */
export class SharedHoldings {
  readonly holdings: Holdings;
  readonly #gpu: Gpu;
  #users = 0;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.holdings = new Holdings(gpu);
  }

  /** Holdings of one user, with room for what is its own; `dispose` lets go of what is shared. */
  lease(): Holdings {
    this.#users++;
    return new LeasedHoldings(this.#gpu, this.holdings, () => {
      this.#users--;
      if (this.#users === 0) this.holdings.dispose();
    });
  }
}

class LeasedHoldings extends Holdings {
  readonly #shared: Holdings;
  #letGo: (() => void) | null;

  constructor(gpu: Gpu, shared: Holdings, letGo: () => void) {
    super(gpu);
    this.#shared = shared;
    this.#letGo = letGo;
  }

  override get bytes(): number {
    return super.bytes + this.#shared.bytes;
  }

  override dispose(): void {
    super.dispose();
    this.#letGo?.();
    this.#letGo = null;
  }
}
