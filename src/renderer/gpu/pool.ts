import { formatBytes } from '../common/numbers.ts';
import { HeadgateError } from '../../common/error.ts';

/** What a buffer is for, in the accounts that the status line shows. */
export type MemoryUse = 'weights' | 'activations' | 'scratch';

/** GPU bytes by use; `free` are kept for the next run. */
export interface MemoryUsage {
  readonly weights: number;
  readonly activations: number;
  readonly scratch: number;
  readonly free: number;
  readonly total: number;
}

interface Entry {
  readonly use: MemoryUse;
  readonly size: number;
  readonly label: string;
}

/** Free buffers beyond this are destroyed, the longest unused first. */
const KEEP_FREE_BYTES = 256 * 2 ** 20;
/** A buffer of exactly the size that the device promises is refused by some: pieces are smaller by this much. */
const PIECE_MARGIN = 16 / 15;

/**
 * Storage buffers by size class. Released buffers are handed out again; weights are exact and never pooled.
 * Errors of the allocator come asynchronously, so `settle` must be awaited before the first submit that uses new
 * buffers (the recorder does).
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #capacity: number | null;
  readonly #live = new Map<GPUBuffer, Entry>();
  /** Released buffers, the longest unused first. */
  readonly #free: { buffer: GPUBuffer; size: number }[] = [];
  readonly #destroyed = new WeakSet<GPUBuffer>();
  #pending: Promise<HeadgateError | null>[] = [];
  /** Told whenever buffers were made or destroyed. */
  onChange: () => void = () => undefined;
  /** Bytes of the largest buffer that a kernel can be given whole. */
  largest: number;
  /** `largest` by the largest piece that is cut of a tensor for which one buffer is too small. */
  #cuts = PIECE_MARGIN;
  #refused = 0;

  /** @param capacity bytes of the GPU's memory, for messages; null: not known */
  constructor(device: GPUDevice, capacity: number | null = null) {
    this.#device = device;
    this.#capacity = capacity;
    this.largest = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  }

  /** Bytes of the largest piece of a tensor that is cut: below `largest`, where drivers tend to refuse. */
  get largestPiece(): number {
    return Math.floor(this.largest / this.#cuts);
  }

  /**
   * Halves the pieces from now on, for another try after `out-of-gpu-memory`.
   * @returns false when what was refused is no larger than the new pieces, so that another try would fail as well
   */
  halvePieces(): boolean {
    const refused = this.#refused;
    this.#refused = 0;
    if (refused <= this.largestPiece / 2) return false;
    this.#cuts *= 2;
    return true;
  }

  /**
   * A storage buffer of at least `bytes`. Its contents are undefined.
   * @throws HeadgateError `too-large-for-gpu` when the device can't have a buffer of that size.
   */
  acquire(bytes: number, use: MemoryUse, label: string): GPUBuffer {
    const size = use === 'weights' ? Math.max(16, Math.ceil(bytes / 16) * 16) : sizeClass(bytes);
    const limit = this.largest;
    if (bytes > limit)
      throw new HeadgateError(
        'too-large-for-gpu',
        `“${label}” needs ${formatBytes(bytes)} in one piece; this GPU allows ${formatBytes(limit)}.`,
        'Use a shorter input or a smaller model.',
      );
    const buffer =
      (use === 'weights' ? null : this.#reuse(size)) ?? this.#create(Math.min(size, limit), label);
    this.#live.set(buffer, { use, size: buffer.size, label });
    return buffer;
  }

  /** Gives a buffer back. @throws Error for a buffer that is not out. */
  release(buffer: GPUBuffer): void {
    const entry = this.#live.get(buffer);
    if (entry === undefined) throw new Error('A buffer was released twice.');
    this.#live.delete(buffer);
    if (entry.use === 'weights') {
      this.#destroy(buffer);
      // A model is closed: what was kept for its next run has the sizes of its runs.
      this.clear();
      return;
    }
    this.#free.push({ buffer, size: entry.size });
    this.#trim(KEEP_FREE_BYTES);
  }

  /**
   * Work over a buffer that was given back meanwhile, such as the weights of a model that was closed, is off.
   * @throws AbortError
   */
  assertHeld(buffer: GPUBuffer): void {
    if (this.#destroyed.has(buffer))
      throw new DOMException('What the work is over was closed.', 'AbortError');
  }

  /** Destroys the free buffers. */
  clear(): void {
    this.#trim(0);
  }

  usage(): MemoryUsage {
    const usage = { weights: 0, activations: 0, scratch: 0, free: 0, total: 0 };
    for (const { use, size } of this.#live.values()) usage[use] += size;
    for (const { size } of this.#free) usage.free += size;
    usage.total = usage.weights + usage.activations + usage.scratch + usage.free;
    return usage;
  }

  /**
   * Waits until every new buffer is known to exist.
   * @throws HeadgateError `out-of-gpu-memory` that says what was asked for and what is in use.
   */
  async settle(): Promise<void> {
    if (this.#pending.length === 0) return;
    const errors = await Promise.all(this.#pending.splice(0));
    const error = errors.find((found) => found !== null);
    if (error !== undefined) throw error;
  }

  #reuse(size: number): GPUBuffer | null {
    const at = this.#free.findLastIndex((entry) => entry.size === size);
    return at < 0 ? null : (this.#free.splice(at, 1)[0]?.buffer ?? null);
  }

  #create(size: number, label: string): GPUBuffer {
    const before = this.usage();
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({
      label,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    const scope = this.#device.popErrorScope();
    this.onChange();
    this.#pending.push(
      scope.then((error) => {
        if (error === null) return null;
        // The next attempt finds at least what was kept for reuse.
        this.clear();
        this.#refused = Math.max(this.#refused, size);
        return outOfMemory(size, label, before, this.#capacity);
      }),
    );
    return buffer;
  }

  #trim(keep: number): void {
    let free = this.#free.reduce((sum, { size }) => sum + size, 0);
    while (free > keep) {
      const oldest = this.#free.shift();
      if (oldest === undefined) return;
      this.#destroy(oldest.buffer);
      free -= oldest.size;
    }
  }

  #destroy(buffer: GPUBuffer): void {
    buffer.destroy();
    this.#destroyed.add(buffer);
    this.onChange();
  }
}

function outOfMemory(
  bytes: number,
  label: string,
  usage: MemoryUsage,
  capacity: number | null,
): HeadgateError {
  const { weights, activations, scratch, free } = usage;
  return new HeadgateError(
    'out-of-gpu-memory',
    `The GPU has no ${formatBytes(bytes)} left for “${label}”: Headgate holds ${formatBytes(weights)} of weights, ` +
      `${formatBytes(activations + scratch)} of activations and ${formatBytes(free)} free for reuse` +
      (capacity === null ? '.' : `, of the GPU’s ${formatBytes(capacity)}.`),
    (free > 0 ? 'What was free has been given back: try again, or use' : 'Use') +
      ' a shorter input or a smaller model, or close other programs that use the GPU.',
  );
}

/** Rounded up to one of four sizes per power of two: at most a quarter is wasted. */
export function sizeClass(bytes: number): number {
  if (bytes <= 1024) return 1024;
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}
