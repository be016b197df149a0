/** What a device can do at most, measured: the yardstick for the profile. */
import copyCode from '../../shaders/peak-copy.wgsl?raw';
import flopCode from '../../shaders/peak-flop.wgsl?raw';
import type { Gpu } from './gpu.ts';
import { defineKernel } from './kernel.ts';
import type { Recorder } from './recorder.ts';

const flopKernel = defineKernel('peak-flop', flopCode);
const copyKernel = defineKernel('peak-copy', copyCode);

export interface Peaks {
  /** Multiply-adds in registers, each counted as two operations. */
  readonly flopPerSecond: number;
  /** Bytes read and written by a copy between two buffers. */
  readonly bytesPerSecond: number;
}

/** Multiply-adds of four values in one turn of the kernel's loop. */
const PER_TURN = 32;
const THREADS = 64;
const ROUNDS = 3;

/**
 * Measures both in about a tenth of a second on any device.
 * @throws the signal's reason between two submits; HeadgateError `device-lost`.
 */
export async function measurePeaks(gpu: Gpu, signal?: AbortSignal): Promise<Peaks> {
  const groups = gpu.facts.isSoftware ? 64 : 4096;
  const turns = gpu.facts.isSoftware ? 1000 : 4000;
  const bytes = gpu.facts.isSoftware ? 8 * 2 ** 20 : 64 * 2 ** 20;
  const from = gpu.tensor([bytes / 4], 'peaks', 'scratch');
  const to = gpu.tensor([bytes / 4], 'peaks', 'scratch');
  try {
    const flop = groups * THREADS * turns * PER_TURN * 4 * 2;
    const flopSeconds = await least(gpu, signal, (recorder) =>
      recorder.dispatch({
        kernel: flopKernel,
        bind: { out: to },
        params: { turns },
        groups: [groups],
        work: { flop, bytes: 0 },
      }),
    );
    const copySeconds = await least(gpu, signal, (recorder) =>
      recorder.dispatch({
        kernel: copyKernel,
        bind: { x: from, out: to },
        params: { count: bytes / 16 },
        groups: [Math.min(bytes / 16 / THREADS, 4096)],
        work: { flop: 0, bytes: 2 * bytes },
      }),
    );
    return { flopPerSecond: flop / flopSeconds, bytesPerSecond: (2 * bytes) / copySeconds };
  } finally {
    gpu.release(from);
    gpu.release(to);
  }
}

/** Least wall time of a submit, seconds, after one that compiles. */
async function least(
  gpu: Gpu,
  signal: AbortSignal | undefined,
  record: (recorder: Recorder) => void,
): Promise<number> {
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    signal?.throwIfAborted();
    const start = performance.now();
    await gpu.submit('peaks', record, { signal });
    await gpu.idle();
    gpu.assertAlive();
    if (round > 0) best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}
