/** Axes that are kept while a text grows, so that points stay where they were. */
import type { Gpu } from '../../gpu/gpu.ts';
import { base64 } from '../../drawing/raster.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { project } from '../../kernels/analysis/projection.ts';
import { matrixSize } from '../../kernels/rows/column-means.ts';

/** Three axes through a middle, on the CPU: they outlive runs and devices. */
export interface Basis {
  /** [D] */
  readonly means: Float32Array<ArrayBuffer>;
  /** [D, 4]: the axes in the first three columns. */
  readonly axes: Float32Array<ArrayBuffer>;
}

/** Rows along axes. */
export interface Along {
  /** [N, 3] */
  readonly places: Float32Array;
  /** Share of the variance along each axis. */
  readonly explained: readonly [number, number, number];
  readonly basis: Basis;
  /** The axes are the rows' own main directions; otherwise they were there before. */
  readonly isOwn: boolean;
}

const texts = new WeakMap<Basis, string>();

/** Axes as text, for a saved state: means and three axes of D numbers each, little-endian f32 in base64. */
export function textOfBasis(basis: Basis): string {
  const known = texts.get(basis);
  if (known !== undefined) return known;
  const { means, axes } = basis;
  const columns = [0, 1, 2].flatMap((axis) => [...means.keys()].map((row) => axes[row * 4 + axis] ?? 0));
  const text = base64(new Uint8Array(Float32Array.from([...means, ...columns]).buffer));
  texts.set(basis, text);
  return text;
}

/** The axes of such a text; null: it is none. */
export function basisOfText(text: string): Basis | null {
  const bytes = bytesOf(text);
  if (bytes === null || bytes.length === 0 || bytes.length % 16 !== 0) return null;
  const values = new Float32Array(bytes.buffer);
  if (!values.every(Number.isFinite)) return null;
  const width = values.length / 4;
  const axes = Float32Array.from({ length: width * 4 }, (_, i) =>
    i % 4 === 3 ? 0 : (values[((i % 4) + 1) * width + Math.floor(i / 4)] ?? 0),
  );
  return { means: values.slice(0, width), axes };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Axes are kept that show at least this part of what the best ones would. */
const ENOUGH = 0.8;

/**
 * Rows along the axes that were there before, where these show nearly as much as the main directions do; else along the
 * main directions, each pointing the same way as the axis before.
 * @param fresh the rows along their own main directions
 */
export async function alongKept(
  gpu: Gpu,
  parts: readonly GpuTensor[],
  fresh: Along,
  kept: Basis,
): Promise<Along> {
  if (kept.axes.length !== fresh.basis.axes.length || fresh.explained[0] <= 0) return fresh;
  const places = await projected(gpu, parts, kept);
  const explained = sharesOf(places, sumOfSquares(fresh.places, 0) / fresh.explained[0]);
  const isEnough =
    sum(explained) >= ENOUGH * sum(fresh.explained) && dimensions(kept) >= count(fresh.explained);
  return isEnough ? { places, explained, basis: kept, isOwn: false } : pointingAs(fresh, kept);
}

/** The rows of parts along the axes of a basis. */
async function projected(gpu: Gpu, parts: readonly GpuTensor[], basis: Basis): Promise<Float32Array> {
  const rows = parts.map((part) => matrixSize(part).rows);
  const held = [
    gpu.tensorFrom(basis.means, [basis.means.length], 'kept means', 'scratch'),
    gpu.tensorFrom(basis.axes, [basis.axes.length / 4, 4], 'kept axes', 'scratch'),
    gpu.tensor([rows.reduce((all, one) => all + one, 0), 3], 'places along kept axes', 'scratch'),
  ] as const;
  const [means, axes, points] = held;
  try {
    await gpu.submit('places along kept axes', (recorder) => {
      let from = 0;
      for (const [index, part] of parts.entries()) {
        const to = from + (rows[index] ?? 0);
        project(recorder, part, means, axes, rowsOf(points, from, to));
        from = to;
      }
    });
    return await gpu.read(points);
  } finally {
    for (const tensor of held) gpu.release(tensor);
  }
}

/** @param total Σ ‖row − mean‖² over all rows */
function sharesOf(places: Float32Array, total: number): [number, number, number] {
  const share = (axis: number) => Math.min(sumOfSquares(places, axis) / total, 1);
  return [share(0), share(1), share(2)];
}

/** Σ (x − mean)² along one axis. */
function sumOfSquares(places: Float32Array, axis: number): number {
  const rows = places.length / 3;
  let [all, squares] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const value = places[row * 3 + axis] ?? 0;
    all += value;
    squares += value * value;
  }
  return squares - (all * all) / rows;
}

/** The same axes, each turned round where it points against the one before. */
export function pointingAs(along: Along, before: Basis): Along {
  const { places, explained, basis } = along;
  const turn = [0, 1, 2, 3].map((axis) => {
    let product = 0;
    for (let i = axis; i < basis.axes.length; i += 4) product += (basis.axes[i] ?? 0) * (before.axes[i] ?? 0);
    return product < 0 ? -1 : 1;
  });
  if (turn.every((sign) => sign === 1)) return along;
  return {
    places: places.map((value, i) => value * (turn[i % 3] ?? 1)),
    explained,
    isOwn: false,
    basis: { means: basis.means, axes: basis.axes.map((value, i) => value * (turn[i % 4] ?? 1)) },
  };
}

/** How many of the axes are any. */
function dimensions({ axes }: Basis): number {
  return [0, 1, 2].filter((axis) => axes.some((value, i) => i % 4 === axis && value !== 0)).length;
}

function count(explained: Along['explained']): number {
  return explained.filter((share) => share > 0).length;
}

function sum([a, b, c]: Along['explained']): number {
  return a + b + c;
}
