/** Lanes at the resolution of a picture, computed on the GPU. */
import type { Work } from '../../common/computed.svelte.ts';
import type { Lane } from '../../common/recurrent/lanes.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { lanes as recordLanes } from '../../kernels/analysis/lanes.ts';
import type { Run } from '../../runs/run.ts';

export interface PictureWish {
  readonly run: Run;
  readonly lanes: readonly Lane[];
  /** Units that are shown, in the order of their rows. */
  readonly order: Uint32Array<ArrayBuffer>;
  /** Cells of a lane at most. */
  readonly rows: number;
  readonly columns: number;
}

/** Lanes that are on the GPU. */
export interface LanesPicture {
  readonly lanes: readonly LanePicture[];
  /** Cells of all lanes one after another, as they are on the GPU and on the CPU: as many as the screen has pixels, at most. */
  readonly cells: GpuTensor;
  readonly values: Float32Array;
  readonly columns: number;
  readonly steps: number;
}

interface LanePicture {
  readonly lane: Lane;
  /** First cell, and rows of cells. */
  readonly at: number;
  readonly rows: number;
  /** Units in the order of the rows: a projected hidden state has others than the gates. */
  readonly order: Uint32Array<ArrayBuffer>;
  /** Largest size of a cell; NaN: no cell is a number. */
  readonly largest: number;
}

/** The largest size of what is a number; NaN: nothing is. */
export function largestSize(values: Float32Array): number {
  let most = NaN;
  for (const value of values)
    if (Number.isFinite(value) && !(Math.abs(value) <= most)) most = Math.abs(value);
  return most;
}

/** Gates are pooled to their mean, states to the value of largest size. @throws Error for a run without an activation */
export async function lanesPicture(
  { run, lanes, order, rows, columns }: PictureWish,
  { own, signal }: Pick<Work<unknown>, 'own' | 'signal'>,
): Promise<LanesPicture> {
  const { gpu } = run;
  const keep = (tensor: GpuTensor) => {
    own(() => {
      if (!gpu.isLost) gpu.release(tensor);
    });
    return tensor;
  };
  const width = Math.max(
    ...lanes.map(({ activation }) => run.activations.get(activation)?.shape.at(-1) ?? 0),
  );
  const placed: Omit<LanePicture, 'largest'>[] = [];
  let at = 0;
  for (const lane of lanes) {
    const units = run.activations.get(lane.activation)?.shape.at(-1) ?? width;
    const shown = units === width ? order : Uint32Array.from({ length: units }, (_, unit) => unit);
    const count = Math.min(rows, shown.length);
    placed.push({ lane, at, rows: count, order: shown });
    at += count * columns;
  }
  const cells = keep(gpu.tensor([Math.max(at, 1)], 'lanes'));
  let steps = 1;
  for (const { lane, at: first, rows: count, order: shown } of placed) {
    const found = run.activations.get(lane.activation);
    if (found === undefined) throw new Error(`The run has no “${lane.activation}”.`);
    const lease = await found.lease();
    try {
      signal.throwIfAborted();
      const units = lease.tensor.shape.at(-1) ?? 1;
      steps = elements(lease.tensor.shape) / units;
      const places = gpu.tensor([shown.length], 'order of units', 'scratch');
      try {
        gpu.upload(places, shown);
        const target = { buffer: cells.buffer, offset: cells.offset + first, shape: [count, columns] };
        const pool = lane.kind === 'gate' ? ('mean' as const) : ('largest' as const);
        await gpu.submit('lanes', (recorder) =>
          recordLanes(recorder, { x: lease.tensor, order: places, cells: target, pool }),
        );
      } finally {
        gpu.release(places);
      }
    } finally {
      lease.release();
    }
  }
  const values = await gpu.read(cells);
  const largest = ({ at: first, rows: count }: (typeof placed)[number]) =>
    largestSize(values.subarray(first, first + count * columns));
  return { lanes: placed.map((one) => ({ ...one, largest: largest(one) })), cells, values, columns, steps };
}
