import type { Gpu } from '../gpu/gpu.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
import { activationName, keyOf, type ActivationKey } from './activation-names.ts';
import type { Activation, Axis } from './run.ts';

/** What a run holds on the GPU, until it is disposed of. */
export class Holdings {
  readonly #gpu: Gpu;
  #tensors: GpuTensor[] = [];
  #disposed = false;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** GPU bytes that are held. */
  get bytes(): number {
    return this.#tensors.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** A tensor that is given back by `dispose`; its contents are undefined. */
  tensor(shape: readonly number[], label: string): GpuTensor {
    this.assertAlive();
    const tensor = this.#gpu.tensor(shape, label);
    this.#tensors.push(tensor);
    return tensor;
  }

  /** @throws AbortError after `dispose`. */
  assertAlive(): void {
    if (this.#disposed) throw new DOMException('The run was disposed of.', 'AbortError');
  }

  /** Gives everything back; again does nothing. */
  dispose(): void {
    this.#disposed = true;
    for (const tensor of this.#tensors.splice(0)) this.#gpu.release(tensor);
  }
}

/** What an activation is; what is left out of its key is null. */
export type Description = Pick<ActivationKey, 'kind'> &
  Partial<ActivationKey> & { readonly axes: readonly Axis[] };

/** An activation that the run holds. */
export function heldActivation(
  gpu: Gpu,
  holdings: Holdings,
  about: Description,
  tensor: GpuTensor,
): Activation {
  return {
    ...keyOf(about),
    name: activationName(about),
    axes: about.axes,
    shape: tensor.shape,
    async lease() {
      holdings.assertAlive();
      return { tensor, release: () => undefined };
    },
    async read(signal) {
      holdings.assertAlive();
      const values = await gpu.read(tensor, signal);
      holdings.assertAlive();
      return values;
    },
  };
}

/**
 * An activation that is computed when somebody asks. What is too large for one buffer is read in several pieces.
 * @param compute queues the work that fills the target with indices [from, to) of the first axis; a function of two
 *   parameters can only do the whole
 */
export function computedActivation(
  gpu: Gpu,
  holdings: Holdings,
  about: Description & { readonly shape: readonly number[] },
  compute: (
    target: GpuTensor,
    signal: AbortSignal | undefined,
    range: readonly [from: number, to: number],
  ) => Promise<void>,
): Activation {
  const name = activationName(about);
  const [rows = 1, ...rest] = about.shape;
  const most = compute.length < 3 ? rows : Math.floor(gpu.pool.largest / (4 * elements(rest)));
  const fill = async (signal?: AbortSignal, from = 0, to = rows) => {
    holdings.assertAlive();
    const tensor = gpu.tensor([to - from, ...rest], name, 'scratch');
    try {
      await compute(tensor, signal, [from, to]);
      holdings.assertAlive();
      return tensor;
    } catch (error) {
      gpu.release(tensor);
      throw error;
    }
  };
  return {
    ...keyOf(about),
    ...{ name, axes: about.axes, shape: about.shape },
    async lease() {
      const tensor = await fill();
      let isReleased = false;
      const release = () => {
        if (!isReleased) gpu.release(tensor);
        isReleased = true;
      };
      return { tensor, release };
    },
    async read(signal) {
      const piece = async (from: number, to: number) => {
        const tensor = await fill(signal, from, to);
        try {
          return await gpu.read(tensor, signal);
        } finally {
          gpu.release(tensor);
        }
      };
      if (rows <= most || most === 0) return piece(0, rows);
      const values = new Float32Array(elements(about.shape));
      for (let from = 0; from < rows; from += most)
        values.set(await piece(from, Math.min(from + most, rows)), from * elements(rest));
      return values;
    },
  };
}

/** Indices and values of the k largest numbers, largest first; of equals the first, and NaN is none. */
export function largest(
  values: ArrayLike<number>,
  k: number,
): { readonly index: number; readonly value: number }[] {
  const best: { index: number; value: number }[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (Number.isNaN(value)) continue;
    if (best.length === k && !(value > (best.at(-1)?.value ?? -Infinity))) continue;
    const place = best.findIndex((entry) => value > entry.value);
    best.splice(place < 0 ? best.length : place, 0, { index, value });
    if (best.length > k) best.pop();
  }
  return best;
}
