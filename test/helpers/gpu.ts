import { afterAll, beforeAll, expect } from 'vitest';
import { Gpu } from '../../src/renderer/gpu/gpu.ts';
import { BufferPool } from '../../src/renderer/gpu/pool.ts';
import { elements, type GpuTensor } from '../../src/renderer/gpu/tensor.ts';
import { SUBMIT_MILLISECONDS } from '../../src/renderer/gpu/work-queue.ts';

/** The device that all files share: what was compiled for one need not be for the next. */
let shared: Promise<Gpu> | null = null;
const errors: Error[] = [];
/** Buffers of the file that runs. */
const buffers = new Set<GPUBuffer>();
const BUDGET = 256 * 2 ** 20;

/**
 * A device for the tests of one file, with buffers of its own; any WebGPU error that no call waited for fails them.
 * A test that loses or tunes its device makes another one.
 */
export async function testGpu(): Promise<Gpu> {
  const gpu = await (shared ??= sharedGpu());
  beforeAll(() => {
    Object.assign(gpu, { pool: new BufferPool(gpu.device), activationBudget: BUDGET });
  });
  afterAll(async () => {
    await gpu.idle();
    for (const buffer of buffers) buffer.destroy();
    buffers.clear();
    expect(errors.splice(0)).toEqual([]);
  });
  return gpu;
}

async function sharedGpu(): Promise<Gpu> {
  const gpu = await Gpu.create({ onError: (error) => errors.push(error) });
  const { device } = gpu;
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    // What values are read through is kept by the device.
    if ((descriptor.usage & GPUBufferUsage.MAP_READ) === 0) buffers.add(buffer);
    return buffer;
  };
  return gpu;
}

/** Lets the device take itself for so slow that work is cut into as many submits as it can be. */
export async function asIfSlow<Result>(gpu: Gpu, work: () => Promise<Result>): Promise<Result> {
  const { queue } = gpu;
  const estimate = queue.estimate.bind(queue);
  queue.estimate = () => 3 * SUBMIT_MILLISECONDS;
  try {
    return await work();
  } finally {
    queue.estimate = estimate;
  }
}

/** Elements in front of a guarded tensor: its offset, which is no multiple of the alignment of bindings. */
const FRONT = 68;
const BACK = 64;

export interface Guarded {
  readonly tensor: GpuTensor;
  /** The values, after checking that every one was written and none of the guards around them. */
  read(): Promise<Float32Array>;
}

/** A tensor full of NaN inside a larger buffer full of NaN. */
export function guarded(gpu: Gpu, shape: readonly number[]): Guarded {
  const count = elements(shape);
  const whole = gpu.tensorFrom(
    new Float32Array(FRONT + count + BACK).fill(NaN),
    [FRONT + count + BACK],
    'guarded',
  );
  const tensor = { buffer: whole.buffer, offset: FRONT, shape };
  return {
    tensor,
    async read() {
      const values = await gpu.read(whole);
      gpu.release(whole);
      const guards = [...values.subarray(0, FRONT), ...values.subarray(FRONT + count)];
      expect(guards.filter((value) => !Number.isNaN(value))).toEqual([]);
      const inside = values.slice(FRONT, FRONT + count);
      expect(inside.findIndex(Number.isNaN), 'first element that was not written').toBe(-1);
      return inside;
    },
  };
}

/** Repeatable pseudo-random numbers in [−1, 1) (Park and Miller's generator). */
export function randomValues(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = (seed * 2654435761) % 2147483647 || 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}

/** A tensor whose offset is 4 elements: aligned for reads of four values, not for bindings. */
export function shifted(gpu: Gpu, values: Float32Array<ArrayBuffer>, shape: readonly number[]): GpuTensor {
  const padded = new Float32Array(values.length + 4).fill(NaN);
  padded.set(values, 4);
  const whole = gpu.tensorFrom(padded, [padded.length], 'shifted');
  return { buffer: whole.buffer, offset: 4, shape };
}

/** The largest |a − b|; NaN counts as infinite. */
export function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs((a[i] ?? NaN) - (b[i] ?? NaN));
    most = Number.isNaN(gap) ? Infinity : Math.max(most, gap);
  }
  return most;
}
