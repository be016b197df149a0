import type { TensorInfo } from '../../../common/contract.ts';
import { HeadgateError, quote } from '../../../common/error.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import type { Holdings } from '../../runs/activations.ts';
import { activationName, keyOf } from '../../runs/activation-names.ts';
import type { Activation } from '../../runs/run.ts';
import { readSourceRange } from '../source-files.ts';
import { decodeFloats, DECODED_BYTES } from '../../../common/stored-floats.ts';
import type { WeightSource } from '../weights.ts';
import { keyOfName } from './keys.ts';

/** Reads captured tensors from their file when somebody looks, and keeps none. */
export class StoredTensors {
  readonly #gpu: Gpu;
  readonly #source: WeightSource;
  readonly #holdings: Holdings;

  constructor(gpu: Gpu, source: WeightSource, holdings: Holdings) {
    this.#gpu = gpu;
    this.#source = source;
    this.#holdings = holdings;
  }

  /** Elements [from, to) of a tensor, as f32. @throws the signal's reason */
  async read(
    tensor: TensorInfo,
    from: number,
    to: number,
    signal?: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>> {
    this.#holdings.assertAlive();
    const width = DECODED_BYTES[tensor.dtype];
    if (width === undefined)
      throw new HeadgateError(
        'capture-dtype',
        `${quote(tensor.name)} is stored as ${tensor.dtype}; activations are floats.`,
        'Save it as float32.',
      );
    const [begin, end] = [tensor.begin + from * width, tensor.begin + to * width];
    const bytes = await readSourceRange(
      this.#source,
      tensor.file,
      begin,
      end,
      signal ?? new AbortController().signal,
    );
    this.#holdings.assertAlive();
    return decodeFloats(tensor.dtype, bytes);
  }

  /** All elements of a tensor, as f32. */
  whole(tensor: TensorInfo): Promise<Float32Array<ArrayBuffer>> {
    return this.read(
      tensor,
      0,
      tensor.shape.reduce((product, one) => product * one, 1),
    );
  }

  /** A tensor on the GPU, of the size `shape`, from element `from` on; the caller gives it back. */
  async upload(
    tensor: TensorInfo,
    from: number,
    shape: readonly number[],
    signal?: AbortSignal,
  ): Promise<GpuTensor> {
    const size = shape.reduce((product, one) => product * one, 1);
    const values = await this.read(tensor, from, from + size, signal);
    return this.#gpu.tensorFrom(values, shape, tensor.name, 'scratch');
  }

  /** A whole tensor on the GPU, until the run is disposed of. */
  async hold(tensor: TensorInfo, holdings: Holdings): Promise<GpuTensor> {
    const values = await this.whole(tensor);
    const held = holdings.tensor(tensor.shape, tensor.name);
    this.#gpu.upload(held, values);
    return held;
  }

  release(tensor: GpuTensor): void {
    this.#gpu.release(tensor);
  }

  /** The tensor as an activation; null: its name or its type is none that views know. */
  activation(tensor: TensorInfo): Activation | null {
    const key = keyOfName(tensor.name, tensor.shape);
    if (key === null || DECODED_BYTES[tensor.dtype] === undefined || key.axes.length !== tensor.shape.length)
      return null;
    const size = tensor.shape.reduce((product, one) => product * one, 1);
    return {
      ...keyOf(key),
      ...{ name: activationName(key), axes: key.axes, shape: tensor.shape },
      lease: async () => {
        const made = await this.upload(tensor, 0, tensor.shape);
        let isReleased = false;
        const release = () => {
          if (!isReleased) this.release(made);
          isReleased = true;
        };
        return { tensor: made, release };
      },
      read: (signal) => this.read(tensor, 0, size, signal),
    };
  }
}
