/** Writes tensors to the GPU as their bytes arrive from a file, in pieces of any length. */
import { isBlockDtype } from '../../common/blocks/block-types.ts';
import { decodeFloats, DECODED_BYTES } from '../../common/stored-floats.ts';
import { repack, storedRowBytes } from '../kernels/matmul/quantized.ts';
import type { StoredRange } from './weight-ranges.ts';

/** A tensor of a file and its room on the GPU. */
export interface PlannedWeight {
  readonly info: StoredRange;
  readonly buffer: GPUBuffer;
  /** Of a packed matrix. */
  readonly scales: GPUBuffer | null;
  /** Stored bytes go to the GPU as they are; else they become f32 or are repacked on the way. */
  readonly raw: boolean;
}

export class WeightWriter {
  readonly #queue: GPUQueue;
  readonly #planned: PlannedWeight;
  /** Bytes that go together: a whole value and what a GPU write asks for, or four packed rows. */
  readonly #unit: number;
  #left = new Uint8Array(0);
  #received = 0;
  #at = 0;
  #scalesAt = 0;

  constructor(queue: GPUQueue, planned: PlannedWeight) {
    const { raw, info } = planned;
    const { dtype, shape } = info;
    this.#queue = queue;
    this.#planned = planned;
    if (isBlockDtype(dtype)) this.#unit = 4 * storedRowBytes(dtype, shape[1] ?? 0);
    else this.#unit = raw ? 4 : (DECODED_BYTES[dtype] ?? 4);
  }

  write(piece: Uint8Array): void {
    this.#received += piece.length;
    const { begin, end } = this.#planned.info;
    let bytes = piece;
    if (this.#left.length > 0) {
      bytes = new Uint8Array(this.#left.length + piece.length);
      bytes.set(this.#left);
      bytes.set(piece, this.#left.length);
    }
    const whole = bytes.length - (bytes.length % this.#unit);
    this.#left = bytes.slice(whole);
    this.#put(bytes.subarray(0, whole));
    // The last of packed rows may be fewer than four.
    if (this.#received === end - begin) this.#put(this.#left);
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { buffer, scales, info, raw } = this.#planned;
    const { dtype } = info;
    if (isBlockDtype(dtype)) {
      const K = info.shape[1] ?? 0;
      const packed = repack(dtype, bytes, bytes.length / storedRowBytes(dtype, K), K);
      this.#queue.writeBuffer(buffer, this.#at, packed.values);
      if (scales !== null) this.#queue.writeBuffer(scales, this.#scalesAt, packed.scales);
      this.#at += packed.values.byteLength;
      this.#scalesAt += packed.scales.byteLength;
      return;
    }
    const values = raw ? (bytes as Uint8Array<ArrayBuffer>) : decodeFloats(dtype, bytes);
    this.#queue.writeBuffer(buffer, this.#at, values);
    this.#at += values.byteLength;
  }
}
