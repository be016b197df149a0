/** What is known of one step of a layer, and of the steps around it. */
import { lanesOf } from '../../common/recurrent/lanes.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import { topOf, type Prediction } from '../../runs/facets/readout.ts';
import type { RecurrentTrace, StepTerms } from '../../runs/facets/recurrent.ts';
import type { Run } from '../../runs/run.ts';

/** One direction of one layer of a run. */
export interface Direction {
  readonly run: Run;
  readonly trace: RecurrentTrace;
  readonly layer: number;
  readonly reverse: boolean;
}

export interface MomentWish extends Direction {
  readonly step: number;
  /** Predictions that are asked for; 0 where the stack's outputs are not the model's. */
  readonly offered: number;
}

export interface Moment {
  readonly step: number;
  readonly terms: StepTerms;
  /** By the lanes' titles: gates, `cell` and `hidden` of this step, [H] each. */
  readonly rows: ReadonlyMap<string, Float32Array>;
  readonly predictions: readonly Prediction[];
}

/** Reads a step. @throws what the run can't give; the signal's reason */
export async function momentOf(wish: MomentWish, signal: AbortSignal): Promise<Moment> {
  const { run, trace, layer, reverse, step, offered } = wish;
  const terms = await trace.terms(layer, reverse, step, signal);
  const rows = new Map<string, Float32Array>();
  for (const { activation, title } of lanesOf(trace, layer, reverse))
    rows.set(title, await readRows(run, activation, step, step + 1, signal));
  return { step, terms, rows, predictions: offered === 0 ? [] : await topOf(run, step, offered) };
}

export interface PageWish extends Direction {
  readonly from: number;
  readonly to: number;
}

/** The states of steps [from, to). */
export interface Page {
  readonly from: number;
  readonly to: number;
  /** [to − from, width] */
  readonly states: readonly {
    readonly title: string;
    readonly width: number;
    readonly values: Float32Array;
  }[];
}

export async function pageOf(wish: PageWish, signal: AbortSignal): Promise<Page> {
  const { run, trace, layer, reverse, from, to } = wish;
  const states: Page['states'][number][] = [];
  for (const { activation, title } of lanesOf(trace, layer, reverse)) {
    if (title !== 'cell' && title !== 'hidden') continue;
    const values = await readRows(run, activation, from, to, signal);
    states.push({ title, values, width: values.length / Math.max(to - from, 1) });
  }
  return { from, to, states };
}

/** Rows [from, to) of an activation [T, width]. */
async function readRows(
  run: Run,
  name: string,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const activation = run.activations.get(name);
  if (activation === undefined) throw new Error(`The run has no “${name}”.`);
  const { tensor, release } = await activation.lease();
  try {
    signal.throwIfAborted();
    return await run.gpu.read(rowsOf(tensor, from, to), signal);
  } finally {
    release();
  }
}
