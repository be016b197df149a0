import type { LoadProgress } from '../../models/family.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Backend, Device } from '../device/backend.ts';

type Load = Awaited<ReturnType<Backend['load']>>;

/** Weights on the GPU, and how to give back one's share of them. */
export interface HeldWeights extends Load {
  /** The last holder's release frees them; again does nothing. */
  release(): void;
}

/** What is on a device or on its way there. */
interface Entry {
  readonly device: Device;
  readonly source: WeightSource;
  readonly abort: AbortController;
  readonly load: Promise<Load>;
  /** Who waits for it or uses it. */
  holders: number;
  readonly told: Set<(progress: LoadProgress) => void>;
}

/**
 * The weights of a window's models. A model that is on the device already is not loaded again: whoever asks for it shares
 * it. It is the same where its files are and were not written since, so that a model that was saved again is read again.
 */
export class SharedWeights {
  #entries: readonly Entry[] = [];

  constructor(private readonly backend: Pick<Backend, 'load'>) {}

  /** True when a model of this id is on a device or on its way there. */
  has(id: string): boolean {
    return this.#entries.some(({ source }) => source.model.id === id);
  }

  /**
   * Loads a model, or takes a share of what is loaded. A load that nobody waits for any more is stopped.
   * @throws as `Backend.load`; the signal's reason.
   */
  async hold(
    device: Device,
    source: WeightSource,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<HeldWeights> {
    const found = this.#entries.find((entry) => entry.device === device && isSame(entry.source, source));
    const entry = found ?? this.#begin(device, source);
    entry.holders += 1;
    entry.told.add(onProgress);
    const release = once(() => this.#release(entry));
    try {
      const load = await untilAborted(entry.load, signal);
      return { ...load, release };
    } catch (error) {
      release();
      throw error;
    } finally {
      entry.told.delete(onProgress);
    }
  }

  #begin(device: Device, source: WeightSource): Entry {
    const abort = new AbortController();
    const told = new Set<(progress: LoadProgress) => void>();
    const tell = (progress: LoadProgress) => {
      for (const one of told) one(progress);
    };
    const load = this.backend.load(device, source, tell, abort.signal);
    const entry: Entry = { device, source, abort, load, holders: 0, told };
    this.#entries = [...this.#entries, entry];
    load.catch(() => this.#drop(entry));
    return entry;
  }

  #release(entry: Entry): void {
    entry.holders -= 1;
    if (entry.holders > 0) return;
    this.#drop(entry);
    entry.abort.abort();
    // A load that ends all the same is given back.
    entry.load.then(
      ({ loaded }) => loaded.dispose(),
      () => undefined,
    );
  }

  #drop(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
  }
}

/** True where both are the same files, which nobody has written since, under the same config. */
function isSame(a: WeightSource, b: WeightSource): boolean {
  if (a === b) return true;
  const [first, second] = [a.model, b.model];
  if (first.version === undefined || first.id !== second.id || first.version !== second.version) return false;
  return JSON.stringify(first.config) === JSON.stringify(second.config);
}

/** @throws the signal's reason as soon as it is aborted, whatever the promise does. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function once(job: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) job();
    isDone = true;
  };
}
