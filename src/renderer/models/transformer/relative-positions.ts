/** Relative positions that are added to the scores (Raffel et al. 2020, T5): one number for each head and distance. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionBias } from '../../kernels/attention/attention-layer.ts';
import { embedding } from '../../kernels/rows/embedding.ts';
import { joinColumns } from '../../kernels/rows/copy-columns.ts';
import type { Holdings } from '../../runs/activations.ts';

export interface Relative {
  /** [buckets, H], shared by all layers. */
  readonly table: GpuTensor;
  /** Later keys have buckets of their own; else they share that of distance 0. */
  readonly bidirectional: boolean;
  readonly buckets: number;
  /** All distances from here on have one bucket. */
  readonly maxDistance: number;
}

/** Which row of the table a distance has, key − query in tokens (after Mesh TensorFlow). */
function bucketOf(distance: number, { bidirectional, buckets, maxDistance }: Relative): number {
  const count = bidirectional ? buckets / 2 : buckets;
  const first = bidirectional && distance > 0 ? count : 0;
  const size = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  // Half of the buckets are for one distance each, the others get wider by a factor.
  const exact = Math.floor(count / 2);
  if (size < exact) return first + size;
  // In f32, as the reference computes it: the edges of buckets depend on the rounding.
  const share = Math.fround(
    Math.fround(Math.log(Math.fround(size / exact))) / Math.fround(Math.log(maxDistance / exact)),
  );
  return first + Math.min(count - 1, exact + Math.trunc(Math.fround(share * (count - exact))));
}

/** The numbers of all distances of a text of at most `reach` tokens. */
export class RelativeBias {
  readonly #relative: Relative;
  readonly #reach: number;
  readonly #copies: number;
  /** Rows of the table by distance, from 1 − reach on, [2·reach − 1]. */
  readonly #buckets: GpuTensor;
  /** [2·reach − 1, copies · H] */
  readonly #bias: GpuTensor;
  #isRecorded = false;

  /** @param copies how often the heads are repeated */
  constructor(gpu: Gpu, holdings: Holdings, relative: Relative, reach: number, copies = 1) {
    this.#relative = relative;
    this.#reach = reach;
    this.#copies = copies;
    const distances = 2 * reach - 1;
    this.#buckets = holdings.tensor([distances], 'buckets of distances');
    gpu.upload(
      this.#buckets,
      Uint32Array.from({ length: distances }, (_, i) => bucketOf(i - reach + 1, relative)),
    );
    const heads = relative.table.shape[1] ?? 0;
    this.#bias = holdings.tensor([distances, copies * heads], 'relative positions');
  }

  /** Looks the numbers up, before the first layer that reads them; again does nothing. */
  record(recorder: Recorder): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    const { table } = this.#relative;
    if (this.#copies === 1) {
      embedding(recorder, { ids: this.#buckets, table, out: this.#bias });
      return;
    }
    const own = recorder.temp([2 * this.#reach - 1, table.shape[1] ?? 0], 'relative positions');
    embedding(recorder, { ids: this.#buckets, table, out: own });
    joinColumns(recorder, Array<GpuTensor>(this.#copies).fill(own), this.#bias);
    recorder.free(own);
  }

  /** For queries that begin at key `first`: element (h, t, s) is that of the distance s − t − first. */
  from(first: number): AttentionBias {
    const { buffer, offset, shape } = this.#bias;
    const step = shape[1] ?? 0;
    // The shaders count in 32 bits without a sign, where a negative step is as good as any.
    return {
      buffer,
      offset: offset + (this.#reach - 1 - first) * step,
      headStride: 1,
      queryStride: -step,
      keyStride: step,
    };
  }
}
