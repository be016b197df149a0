import type { GpuContext } from './context.ts';
import type { Work } from './work-queue.ts';

/** Time, operations and bytes of one dispatch, or of one submit where the device has no timestamps. */
export interface ProfileEntry extends Work {
  readonly label: string;
  readonly milliseconds: number;
}

/** All dispatches of one label together. */
export interface ProfileRow extends ProfileEntry {
  readonly dispatches: number;
  /** Of the device's peaks, the larger of the two: operations or bytes; null when the peaks are not known. */
  readonly peakFraction: number | null;
}

/** A profile by label, the longest first. */
export function profileRows(
  entries: readonly ProfileEntry[],
  peaks: { readonly flopPerSecond: number; readonly bytesPerSecond: number } | null,
): ProfileRow[] {
  const groups = new Map<string, { dispatches: number; milliseconds: number; flop: number; bytes: number }>();
  for (const { label, milliseconds, flop, bytes } of entries) {
    const group = groups.get(label) ?? { dispatches: 0, milliseconds: 0, flop: 0, bytes: 0 };
    group.dispatches++;
    group.milliseconds += milliseconds;
    group.flop += flop;
    group.bytes += bytes;
    groups.set(label, group);
  }
  return [...groups]
    .map(([label, group]) => {
      const least =
        peaks === null
          ? null
          : Math.max(group.flop / peaks.flopPerSecond, group.bytes / peaks.bytesPerSecond);
      const seconds = group.milliseconds / 1000;
      return { label, ...group, peakFraction: least === null || seconds === 0 ? null : least / seconds };
    })
    .toSorted((a, b) => b.milliseconds - a.milliseconds);
}

interface Labelled {
  readonly label: string;
  readonly work: Work;
}

/**
 * What a recorder's work took. With timestamp queries each dispatch runs in a pass of its own, else each submit is
 * waited for; both cost time, so a profile is taken when somebody looks.
 */
export class Profile {
  readonly entries: ProfileEntry[] = [];

  /** Timing of one submit. */
  begin(gpu: GpuContext, steps: readonly Labelled[]): SubmitTimer {
    return gpu.device.features.has('timestamp-query')
      ? new TimestampTimer(gpu, steps, this.entries)
      : new WallTimer(gpu, steps, this.entries);
  }
}

export interface SubmitTimer {
  /** True when every dispatch needs a pass of its own. */
  readonly perDispatch: boolean;
  pass(label: string, index: number): GPUComputePassDescriptor;
  resolve(encoder: GPUCommandEncoder): void;
  /** Waits for the submit and files the entries. */
  finish(): Promise<void>;
}

class TimestampTimer implements SubmitTimer {
  readonly perDispatch = true;
  readonly #gpu: GpuContext;
  readonly #steps: readonly Labelled[];
  readonly #entries: ProfileEntry[];
  readonly #queries: GPUQuerySet;
  readonly #buffer: GPUBuffer;

  constructor(gpu: GpuContext, steps: readonly Labelled[], entries: ProfileEntry[]) {
    this.#gpu = gpu;
    this.#steps = steps;
    this.#entries = entries;
    const count = Math.max(steps.length * 2, 2);
    this.#queries = gpu.device.createQuerySet({ label: 'profile', type: 'timestamp', count });
    this.#buffer = gpu.device.createBuffer({
      label: 'profile',
      size: count * 8,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  pass(label: string, index: number): GPUComputePassDescriptor {
    return {
      label,
      timestampWrites: {
        querySet: this.#queries,
        beginningOfPassWriteIndex: index * 2,
        endOfPassWriteIndex: index * 2 + 1,
      },
    };
  }

  resolve(encoder: GPUCommandEncoder): void {
    if (this.#steps.length > 0)
      encoder.resolveQuerySet(this.#queries, 0, this.#steps.length * 2, this.#buffer, 0);
  }

  async finish(): Promise<void> {
    try {
      const times = new BigUint64Array(await this.#gpu.readBytes(this.#buffer, 0, this.#buffer.size));
      for (const [index, { label, work }] of this.#steps.entries()) {
        const nanoseconds = Number((times[index * 2 + 1] ?? 0n) - (times[index * 2] ?? 0n));
        this.#entries.push({ label, milliseconds: Math.max(nanoseconds, 0) / 1e6, ...work });
      }
    } finally {
      this.#buffer.destroy();
      this.#queries.destroy();
    }
  }
}

class WallTimer implements SubmitTimer {
  readonly perDispatch = false;
  readonly #gpu: GpuContext;
  readonly #steps: readonly Labelled[];
  readonly #entries: ProfileEntry[];
  readonly #start = performance.now();

  constructor(gpu: GpuContext, steps: readonly Labelled[], entries: ProfileEntry[]) {
    this.#gpu = gpu;
    this.#steps = steps;
    this.#entries = entries;
  }

  pass(label: string): GPUComputePassDescriptor {
    return { label };
  }

  resolve(): void {
    // Nothing to resolve: the clock is the CPU's.
  }

  async finish(): Promise<void> {
    await this.#gpu.idle();
    const labels = [...new Set(this.#steps.map(({ label }) => label))];
    this.#entries.push({
      label: labels.join(', '),
      milliseconds: performance.now() - this.#start,
      flop: this.#steps.reduce((sum, { work }) => sum + work.flop, 0),
      bytes: this.#steps.reduce((sum, { work }) => sum + work.bytes, 0),
    });
  }
}
