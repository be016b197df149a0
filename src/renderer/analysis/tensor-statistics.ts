/** How the values of a tensor are spread, counted on the GPU piece by piece. */
import type { Gpu } from '../gpu/gpu.ts';
import type { GpuTensor } from '../gpu/tensor.ts';
import { extent, histogram, STRIDE } from '../kernels/analysis/histogram.ts';
import { moments } from '../kernels/analysis/moments.ts';

/** Of the finite values unless it says otherwise. */
export interface TensorStatistics {
  /** All values. */
  readonly count: number;
  readonly zeros: number;
  readonly nan: number;
  /** +∞ and −∞ together. */
  readonly infinite: number;
  /** NaN where no value is finite, as the others. */
  readonly least: number;
  readonly largest: number;
  readonly mean: number;
  /** Of the whole tensor: the root of the mean squared deviation. */
  readonly std: number;
  /** Values by bins of equal width from the least to the largest; the last includes it. */
  readonly bins: Uint32Array;
}

/** Gives the values in order, as often as it is called. */
export type Pieces = (signal: AbortSignal) => AsyncIterable<Float32Array<ArrayBuffer>>;

/** Bins of the histogram. */
export const BINS = 64;

/**
 * Two passes over the values: the first finds their ends and their mean, the second counts and measures from there.
 * @param progress told of shares 0 … 1 @param total values that there are
 * @throws the signal's reason
 */
export async function tensorStatistics(
  gpu: Gpu,
  pieces: Pieces,
  total: number,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress?: (share: number) => void },
): Promise<TensorStatistics> {
  let [least, largest, sum, zeros, finite, done] = [Infinity, -Infinity, 0, 0, 0, 0];
  const tell = (count: number) => progress?.(Math.min(1, (done += count) / Math.max(2 * total, 1)));
  const sums = gpu.tensor([STRIDE, 4], 'moments', 'scratch');
  const extents = gpu.tensor([STRIDE, 2], 'extents', 'scratch');
  const counts = gpu.tensor([BINS + 3], 'histogram', 'scratch');
  try {
    await eachPiece(gpu, pieces, signal, async (values, count) => {
      await gpu.submit(
        'extent and moments',
        (recorder) => {
          extent(recorder, values, extents);
          moments(recorder, values, 0, sums);
        },
        { signal },
      );
      const ends = await gpu.read(extents, signal);
      for (let thread = 0; thread < STRIDE; thread++) {
        const [low = Infinity, high = -Infinity] = ends.subarray(thread * 2, thread * 2 + 2);
        // A thread without a finite value holds its ends the wrong way round.
        if (low > high) continue;
        least = Math.min(least, low);
        largest = Math.max(largest, high);
      }
      const found = total4(await gpu.read(sums, signal));
      sum += found[0];
      zeros += found[2];
      finite += found[3];
      tell(count);
    });
    if (finite === 0) return nothingFinite(gpu, pieces, signal);
    const mean = sum / finite;
    let squares = 0;
    gpu.upload(counts, new Uint32Array(BINS + 3));
    const range = widened(least, largest);
    await eachPiece(gpu, pieces, signal, async (values, count) => {
      await gpu.submit(
        'histogram and deviations',
        (recorder) => {
          histogram(recorder, values, range, counts);
          moments(recorder, values, mean, sums);
        },
        { signal },
      );
      squares += total4(await gpu.read(sums, signal))[1];
      tell(count);
    });
    const all = new Uint32Array(
      await gpu.readBytes(counts.buffer, counts.offset * 4, (BINS + 3) * 4, signal),
    );
    const [below = 0, above = 0, nan = 0] = all.subarray(BINS);
    return {
      ...{ count: finite + below + above + nan, zeros, nan, infinite: below + above },
      ...{ least, largest, mean, std: Math.sqrt(squares / finite), bins: all.slice(0, BINS) },
    };
  } finally {
    for (const tensor of [sums, extents, counts]) gpu.release(tensor);
  }
}

async function eachPiece(
  gpu: Gpu,
  pieces: Pieces,
  signal: AbortSignal,
  use: (values: GpuTensor, count: number) => Promise<void>,
): Promise<void> {
  for await (const piece of pieces(signal)) {
    signal.throwIfAborted();
    if (piece.length === 0) continue;
    const values = gpu.tensorFrom(piece, [piece.length], 'values', 'scratch');
    try {
      await use(values, piece.length);
    } finally {
      gpu.release(values);
    }
  }
}

async function nothingFinite(gpu: Gpu, pieces: Pieces, signal: AbortSignal): Promise<TensorStatistics> {
  let [count, nan] = [0, 0];
  for await (const piece of pieces(signal)) {
    count += piece.length;
    for (const value of piece) if (Number.isNaN(value)) nan++;
  }
  gpu.assertAlive();
  const [least, largest, mean, std] = [NaN, NaN, NaN, NaN];
  return {
    count,
    zeros: 0,
    nan,
    infinite: count - nan,
    least,
    largest,
    mean,
    std,
    bins: new Uint32Array(BINS),
  };
}

/** Sums over all threads, in float64. */
function total4(values: Float32Array): [number, number, number, number] {
  const result: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i += 4)
    for (const at of [0, 1, 2, 3] as const) result[at] += values[i + at] ?? 0;
  return result;
}

/** A range that is not empty, for values that are all the same. */
function widened(low: number, high: number): [number, number] {
  return low < high ? [low, high] : [low, low + Math.max(1e-6, Math.abs(low) * 1e-6)];
}
