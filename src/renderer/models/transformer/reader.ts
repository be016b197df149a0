import type { GpuTensor } from '../../gpu/tensor.ts';
import type { Matrix } from '../../kernels/matmul/weight.ts';
import type { WeightStore } from '../weight-store.ts';
import type { Linear, Norm } from './blocks.ts';

export interface LinearOptions {
  /** Whether `<name>.bias` is read too. */
  readonly bias: boolean;
  /** Only outputs [from, to) of a projection that holds several side by side. */
  readonly outputs?: readonly [from: number, to: number];
  /** Stored as [inputs, outputs]. */
  readonly byInput?: boolean;
}

/** Reserves the parts of a Transformer by their names in the files. */
export class Reader {
  readonly store: WeightStore;

  constructor(store: WeightStore) {
    this.store = store;
  }

  /** Whether the files have a tensor that the family can do without. */
  has(name: string): boolean {
    return this.store.has(name);
  }

  /** `<name>.weight` and `<name>.bias`. */
  linear(name: string, { bias, outputs, byInput = false }: LinearOptions): Linear {
    const weight = `${name}.weight`;
    const turned = byInput && this.store.isTurned(weight);
    const stays = byInput && !turned;
    return {
      weight: this.store.matrix(weight, { turned, whole: stays, ...(outputs && { rows: outputs }) }),
      byInput: stays,
      bias: bias ? this.store.vector(`${name}.bias`, outputs) : null,
    };
  }

  /** A layer norm; without a stored bias, zeros are added. */
  layerNorm(name: string, epsilon: number, hasBias = true): Norm {
    const weight = this.store.vector(`${name}.weight`);
    const bias = hasBias
      ? this.store.vector(`${name}.bias`)
      : this.store.computed(new Float32Array(weight.shape[0] ?? 0), weight.shape, `${name}.bias`);
    return { kind: 'layer', weight, bias, hasBias, epsilon };
  }

  /** An RMS norm. @param shift added to the weights */
  rmsNorm(name: string, epsilon: number, shift = 0): Norm {
    return { kind: 'rms', weight: this.store.vector(`${name}.weight`), epsilon, shift };
  }

  matrix(name: string): Matrix {
    return this.store.matrix(name);
  }

  vector(name: string): GpuTensor {
    return this.store.vector(name);
  }
}

/** Room for all weights; what was taken is given back when there is not enough. */
export function reserving<Weights>(store: WeightStore, reserve: (read: Reader) => Weights): Weights {
  try {
    return reserve(new Reader(store));
  } catch (error) {
    store.dispose();
    throw error;
  }
}
