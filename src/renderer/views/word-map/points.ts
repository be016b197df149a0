import { pca } from '../../analysis/pca.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { project } from '../../kernels/analysis/projection.ts';
import type { Run } from '../../runs/run.ts';
import { neighbourhoods, noWords, sumOf } from '../../common/words.ts';
import { atLengthOne, mapPoints, stepsOf, termsOf, type MapPoint } from './map.ts';

/** Words around the sum, around every word beside a sum, and around words alone. */
const AROUND = { sum: 10, beside: 3, alone: 6 } as const;

/** Points and where they stand. */
export interface WordMap {
  readonly run: Run;
  readonly points: readonly MapPoint[];
  /** [n, 3]: along the axes. */
  readonly places: Float32Array;
  /** [terms + 1, 3]: where the sum stands after each of its terms, from the origin on; empty: there is no sum. */
  readonly steps: Float32Array;
  /** Share of the variance along each axis: of a sum's words, steps and nearest word; without a sum, of all points. */
  readonly explained: readonly [number, number, number];
}

/** The map of a run. Words count by their direction; the sum stands where its words put it. */
export async function wordMapOf(
  { run }: { readonly run: Run },
  { signal }: { readonly signal: AbortSignal },
): Promise<WordMap> {
  const { width, gpu } = run;
  const sum = sumOf(run);
  const around = (position: number) =>
    position === sum ? AROUND.sum : sum === null ? AROUND.alone : AROUND.beside;
  const points = mapPoints(run, await neighbourhoods(run, around, { signal }));
  const rows = await directionsOf(run, points);
  const place = points.findIndex(({ kind }) => kind === 'sum');
  if (sum === null || place < 0)
    return { run, points, ...(await alongAxes(gpu, [rows], [rows], width)), steps: new Float32Array() };
  const steps = stepsOf(await directionsOf(run, run.tokens.slice(0, sum)), termsOf(run), width);
  signal.throwIfAborted();
  rows.set(steps.subarray(sum * width), place * width);
  // The axes are those of the sum, so that its steps are seen at their lengths.
  const main = points.flatMap(({ kind, isAnswer }, i) =>
    kind === 'near' && !isAnswer ? [] : [...rows.subarray(i * width, (i + 1) * width)],
  );
  const { places, explained } = await alongAxes(gpu, [steps, Float32Array.from(main)], [steps, rows], width);
  const end = (sum + 1) * 3;
  const upwards = pointingUp(places, end - 3);
  return { run, points, explained, steps: upwards.slice(0, end), places: upwards.slice(end) };
}

/** Places [n, 3] turned round so that the one at `to` lies to the right of the first and above it. */
function pointingUp(places: Float32Array, to: number): Float32Array {
  return places.map((place, i) => ((places[to + (i % 3)] ?? 0) < (places[i % 3] ?? 0) ? -place : place));
}

/** Vectors of words at length 1, [n, D]. */
async function directionsOf(
  run: Run,
  words: readonly { readonly id: number }[],
): Promise<Float32Array<ArrayBuffer>> {
  const table = run.facet('words');
  if (table === null) throw noWords();
  return atLengthOne(await table.vectors(words.map(({ id }) => id)), run.width);
}

/** Rows of `all` along the axes in which those of `main` differ most. Each is a list of matrices [n, D]. */
async function alongAxes(
  gpu: Gpu,
  main: readonly Float32Array[],
  all: readonly Float32Array[],
  width: number,
): Promise<Pick<WordMap, 'places' | 'explained'>> {
  const tensorOf = (parts: readonly Float32Array[], label: string) => {
    const values = Float32Array.from(parts.flatMap((part) => [...part]));
    return gpu.tensorFrom(values, [values.length / width, width], label, 'scratch');
  };
  const matrix = tensorOf(main, 'word map: axes');
  const rows = tensorOf(all, 'word map: rows');
  const points = gpu.tensor([rows.shape[0] ?? 0, 3], 'word map: places', 'scratch');
  try {
    const { means, axes, explained, release } = await pca(gpu, [matrix]);
    try {
      await gpu.submit('word map', (recorder) => project(recorder, rows, means, axes, points));
      return { places: await gpu.read(points), explained };
    } finally {
      release();
    }
  } finally {
    for (const tensor of [matrix, rows, points]) gpu.release(tensor);
  }
}
