/** Relative positions of a pass: one number for each head and distance, which all layers share. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionBias } from '../../kernels/attention-layer.ts';
import type { Holdings } from '../../runs/activations.ts';
import { relativeBias } from './positions.ts';
import type { Stack } from './stack.ts';

export class RelativePositions {
  readonly #bias: GpuTensor;
  readonly #reach: number;

  private constructor(bias: GpuTensor, reach: number) {
    this.#bias = bias;
    this.#reach = reach;
  }

  /**
   * Null for a stack without them.
   * @param reach tokens of the longest text
   * @param copies how often the heads are repeated
   */
  static async create(
    gpu: Gpu,
    holdings: Holdings,
    { shape, weights }: Stack,
    reach: number,
    copies = 1,
  ): Promise<RelativePositions | null> {
    if (weights.relative === null || shape.buckets === null) return null;
    const own = relativeBias(await gpu.read(weights.relative), shape.heads, reach, shape.buckets);
    const values = new Float32Array(own.length * copies);
    for (let copy = 0; copy < copies; copy++) values.set(own, copy * own.length);
    const bias = holdings.tensor([copies * shape.heads, 2 * reach - 1], 'relative positions');
    gpu.upload(bias, values);
    return new RelativePositions(bias, reach);
  }

  /** For queries that begin at key `first`: element (h, t, s) is that of the distance s − t − first. */
  from(first: number): AttentionBias {
    const { buffer, offset, shape } = this.#bias;
    // The shaders count in 32 bits without a sign, where a step of −1 is as good as any.
    return {
      buffer,
      offset: offset + this.#reach - 1 - first,
      headStride: shape[1] ?? 0,
      queryStride: -1,
      keyStride: 1,
    };
  }
}
