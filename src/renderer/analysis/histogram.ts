/** How the values of a tensor are spread, on the CPU. */
import type { Gpu } from '../gpu/gpu.ts';
import type { GpuTensor } from '../gpu/tensor.ts';
import { extent, histogram, STRIDE } from '../kernels/analysis/histogram.ts';

export interface Histogram {
  /** Least and largest finite value, or the range that was asked for. */
  readonly range: readonly [number, number];
  /** Of bins of equal width; the last includes the end of the range. */
  readonly counts: Uint32Array;
  readonly below: number;
  readonly above: number;
  readonly notANumber: number;
}

/**
 * Counts a tensor's values by `bins` bins over `range`; left out: from the least to the largest finite value. Null when
 * there is no finite value to make a range of.
 * @throws the signal's reason when aborted.
 */
export async function readHistogram(
  gpu: Gpu,
  values: GpuTensor,
  bins: number,
  range?: readonly [number, number],
  signal?: AbortSignal,
): Promise<Histogram | null> {
  const over = range ?? (await readExtent(gpu, values, signal));
  if (over === null) return null;
  const counts = gpu.tensor([bins + 3], 'histogram', 'scratch');
  try {
    gpu.upload(counts, new Uint32Array(bins + 3));
    await gpu.submit('histogram', (recorder) => histogram(recorder, values, widened(over), counts), {
      signal,
    });
    const all = new Uint32Array(
      await gpu.readBytes(counts.buffer, counts.offset * 4, (bins + 3) * 4, signal),
    );
    const [below = 0, above = 0, notANumber = 0] = all.subarray(bins);
    return { range: over, counts: all.slice(0, bins), below, above, notANumber };
  } finally {
    gpu.release(counts);
  }
}

/** Least and largest finite value; null when there is none. */
async function readExtent(
  gpu: Gpu,
  values: GpuTensor,
  signal: AbortSignal | undefined,
): Promise<[number, number] | null> {
  const extents = gpu.tensor([STRIDE, 2], 'extent', 'scratch');
  try {
    await gpu.submit('extent', (recorder) => extent(recorder, values, extents), { signal });
    const ends = await gpu.read(extents, signal);
    const low = ends.reduce((least, value, at) => (at % 2 === 0 ? Math.min(least, value) : least), Infinity);
    const high = ends.reduce((most, value, at) => (at % 2 === 1 ? Math.max(most, value) : most), -Infinity);
    return low <= high ? [low, high] : null;
  } finally {
    gpu.release(extents);
  }
}

/** A range that is not empty, for values that are all the same. */
function widened([low, high]: readonly [number, number]): [number, number] {
  return low === high ? [low, low + Math.max(1e-6, Math.abs(low) * 1e-6)] : [low, high];
}
