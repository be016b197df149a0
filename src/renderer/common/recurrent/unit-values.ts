/** The values of a recurrent layer's lanes: all of them, and those of single units. */
import type { GpuTensor } from '../../gpu/tensor.ts';
import { lanes as recordLanes } from '../../kernels/analysis/lanes.ts';
import type { StackSide } from '../../runs/activation-names.ts';
import type { Run } from '../../runs/run.ts';
import { formatTerm } from '../numbers.ts';
import type { Lane } from './lanes.ts';

/** One curve of a unit. */
export interface UnitCurve {
  readonly lane: Lane;
  /** [T] */
  readonly values: Float32Array;
}

/** The values of a lane, [T, units]. @throws Error for a run without it; the signal's reason */
export async function readLane(run: Run, { activation }: Lane, signal?: AbortSignal): Promise<Float32Array> {
  const values = await activationOf(run, activation).read(signal);
  signal?.throwIfAborted();
  return values;
}

/** Every step of one unit, a curve for each lane that has such a unit. @throws as `readLane` */
export async function unitCurves(
  run: Run,
  lanes: readonly Lane[],
  unit: number,
  signal: AbortSignal,
): Promise<UnitCurve[]> {
  const curves: UnitCurve[] = [];
  for (const lane of lanes) {
    const activation = activationOf(run, lane.activation);
    if (unit >= (activation.shape.at(-1) ?? 0)) continue;
    const lease = await activation.lease();
    try {
      signal.throwIfAborted();
      curves.push({ lane, values: await columnOf(run, lease.tensor, unit, signal) });
    } finally {
      lease.release();
    }
  }
  return curves;
}

function activationOf(run: Run, name: string) {
  const found = run.activations.get(name);
  if (found === undefined) throw new Error(`The run has no “${name}”.`);
  return found;
}

/** One column of a matrix. @param x [T, units] */
async function columnOf(
  { gpu }: Run,
  x: GpuTensor,
  unit: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const order = gpu.tensor([1], 'unit', 'scratch');
  const cells = gpu.tensor([1, x.shape[0] ?? 0], 'curve of a unit', 'scratch');
  try {
    gpu.upload(order, Uint32Array.of(unit));
    await gpu.submit('curve of a unit', (recorder) =>
      recordLanes(recorder, { x, order, cells, pool: 'largest' }),
    );
    return await gpu.read(cells, signal);
  } finally {
    gpu.release(order);
    gpu.release(cells);
  }
}

/**
 * `c = f·c + i·g = 0.93 · 6.76 + 1.00 · 1.00 = 7.31` of an LSTM's unit at a step; null: it is none,
 * or the step is the first of a layer that begins with another state than 0, a decoder's.
 */
export function cellSum(
  curves: readonly UnitCurve[],
  step: number,
  { reverse, stack }: { readonly reverse: boolean; readonly stack: StackSide },
): string | null {
  const valueOf = (title: string, at: number) => curves.find(({ lane }) => lane.title === title)?.values[at];
  const [i, f, g, c] = ['input', 'forget', 'candidate', 'cell'].map((title) => valueOf(title, step));
  if (i === undefined || f === undefined || g === undefined || c === undefined) return null;
  const before = valueOf('cell', reverse ? step + 1 : step - 1) ?? (stack === 'decoder' ? null : 0);
  if (before === null) return null;
  const [two = '', last = '', three = '', four = '', sum = ''] = [f, before, i, g, c].map(formatTerm);
  return `c = f·c + i·g = ${two} · ${last} + ${three} · ${four} = ${sum}`;
}
