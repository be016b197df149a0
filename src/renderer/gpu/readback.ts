/** Largest piece that is copied at once. */
const PIECE_BYTES = 16 * 2 ** 20;
/** Mappable buffers that are kept. */
const KEEP = 4;

/** A ring of mappable buffers for values that somebody looks at on the CPU. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #free: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * Bytes [offset, offset + size) of a buffer as they are after all work that was submitted before; both multiples of 4.
   * @throws the signal's reason when it is aborted.
   */
  async read(source: GPUBuffer, offset: number, size: number, signal?: AbortSignal): Promise<ArrayBuffer> {
    signal?.throwIfAborted();
    const result = new Uint8Array(size);
    const pieces: { at: number; length: number; staging: GPUBuffer; mapped: Promise<void> }[] = [];
    const encoder = this.#device.createCommandEncoder({ label: 'readback' });
    for (let at = 0; at < size; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, size - at);
      const staging = this.#acquire(length);
      encoder.copyBufferToBuffer(source, offset + at, staging, 0, length);
      pieces.push({ at, length, staging, mapped: Promise.resolve() });
    }
    this.#device.queue.submit([encoder.finish()]);
    for (const piece of pieces) piece.mapped = piece.staging.mapAsync(GPUMapMode.READ, 0, piece.length);
    const settled = await Promise.allSettled(pieces.map(({ mapped }) => mapped));
    for (const [index, { at, length, staging }] of pieces.entries()) {
      if (settled[index]?.status !== 'fulfilled') {
        staging.destroy();
        continue;
      }
      result.set(new Uint8Array(staging.getMappedRange(0, length)), at);
      staging.unmap();
      this.#release(staging);
    }
    const failed = settled.find((entry) => entry.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    signal?.throwIfAborted();
    return result.buffer;
  }

  #acquire(bytes: number): GPUBuffer {
    const at = this.#free.findIndex(
      (buffer) => buffer.size >= bytes && buffer.size <= Math.max(bytes * 4, 65536),
    );
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    if (found !== undefined) return found;
    const size = Math.max(4096, 2 ** Math.ceil(Math.log2(bytes)));
    return this.#device.createBuffer({
      label: 'readback',
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  #release(buffer: GPUBuffer): void {
    this.#free.push(buffer);
    while (this.#free.length > KEEP) this.#free.shift()?.destroy();
  }
}
