/** Tensors as specs list them. */
import type { ExpectedTensor } from './spec.ts';

export function expect(name: string, ...shape: number[]): ExpectedTensor {
  return { name, shape, optional: false };
}

/** A matrix [outputs, inputs] and its bias [outputs]. */
export function expectLinear(name: string, outputs: number, inputs: number, bias = true): ExpectedTensor[] {
  return [expect(`${name}.weight`, outputs, inputs), ...(bias ? [expect(`${name}.bias`, outputs)] : [])];
}

/** A norm over `width`. */
export function expectNorm(name: string, width: number, bias = true): ExpectedTensor[] {
  return [expect(`${name}.weight`, width), ...(bias ? [expect(`${name}.bias`, width)] : [])];
}
