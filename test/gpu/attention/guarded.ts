/** Outputs that show what a kernel did not write, and what it wrote where it must not. */
import { expect } from 'vitest';
import type { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { elements, type GpuTensor } from '../../../src/renderer/gpu/tensor.ts';

/** f32 elements of NaN before and behind; bindings start at multiples of 64. */
const GUARD = 64;

export interface Guarded {
  /** The output, filled with NaN. */
  readonly tensor: GpuTensor;
  /** The values; fails when a guard was touched. */
  read(): Promise<Float32Array>;
  release(): void;
}

/** A tensor full of NaN between two zones of NaN. */
export function guarded(gpu: Gpu, shape: readonly number[]): Guarded {
  const count = elements(shape);
  const length = count + 2 * GUARD;
  const whole = gpu.tensorFrom(new Float32Array(length).fill(Number.NaN), [length], 'guarded', 'scratch');
  return {
    tensor: { buffer: whole.buffer, offset: GUARD, shape },
    read: async () => {
      const values = await gpu.read(whole);
      const guards = [...values.subarray(0, GUARD), ...values.subarray(GUARD + count)];
      expect(
        guards.every((value) => Number.isNaN(value)),
        'nothing is written outside',
      ).toBe(true);
      return values.slice(GUARD, GUARD + count);
    },
    release: () => gpu.release(whole),
  };
}

/** The largest |a − b|; NaN when a is NaN anywhere. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (!(difference <= largest)) largest = difference;
    if (Number.isNaN(difference)) return Number.NaN;
  }
  return largest;
}

/** Numbers in (−scale, scale), the same for the same seed. */
export function random(count: number, scale = 1, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed * 2654435761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state / 2 ** 32) * 2 - 1) * scale;
  });
}
