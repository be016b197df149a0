/** What is known of each unit of a layer over a text: what units are sorted by, and what they are compared by. */
import type { Lane } from '../../common/recurrent/lanes.ts';
import { readLane } from '../../common/recurrent/unit-values.ts';
import type { Run } from '../../runs/run.ts';
import { similarityAngles } from './similarity.ts';

/** How often a gate, or a state of tanh, stands at its ends; one number for each unit, 0 … 1. */
export interface Saturation {
  readonly lane: Lane;
  /** Share of steps below 0.1 (of a state: −0.9). */
  readonly low: Float32Array;
  /** Share of steps above 0.9. */
  readonly high: Float32Array;
}

export interface UnitFacts {
  readonly units: number;
  /** Mean size of the cell, or of the hidden state where there is none, [H]. */
  readonly activity: Float32Array;
  /** By gate; of a layer without gates its tanh. Empty where nothing saturates. */
  readonly saturations: readonly Saturation[];
  /** Share of steps at an end, over all gates, [H]; null: nothing saturates. */
  readonly saturation: Float32Array | null;
  /** Steps after which half is left: ln 2 / −mean ln of the gate that keeps, [H]; null: there is none. */
  readonly halfLife: Float32Array | null;
  /** Place on the circle of the first two principal components, [H]: units that move alike stand near each other. */
  readonly similarity: Float32Array;
}

/** @throws the signal's reason; Error for a run without the lanes' activations */
export async function unitFacts(
  run: Run,
  lanes: readonly Lane[],
  isTanh: boolean,
  signal: AbortSignal,
): Promise<UnitFacts> {
  const widths = lanes.map(({ activation }) => run.activations.get(activation)?.shape.at(-1) ?? 0);
  const units = widths[0] ?? 0;
  const state = lanes.findLast((_, index) => widths[index] === units);
  const hasGates = lanes.some(({ kind }) => kind === 'gate');
  const saturations: Saturation[] = [];
  let [activity, halfLife, similarity]: [Float32Array, Float32Array | null, Float32Array] = [
    new Float32Array(units),
    null,
    new Float32Array(units),
  ];
  for (const lane of lanes) {
    const isState = lane === state;
    if (lane.kind !== 'gate' && !isState) continue;
    const values = await readLane(run, lane, signal);
    if (lane.kind === 'gate') saturations.push({ lane, ...ends(values, units, 0.1) });
    if (lane.keeps) halfLife = halfLives(values, units);
    if (!isState) continue;
    activity = meanSizes(values, units);
    similarity = similarityAngles(values, units);
    if (!hasGates && isTanh) saturations.push({ lane, ...ends(values, units, -0.9) });
  }
  return { units, activity, saturations, saturation: meanEnds(saturations, units), halfLife, similarity };
}

/** Shares of the steps below `least` and above 0.9, by unit. @param values [T, units] */
export function ends(values: ArrayLike<number>, units: number, least: number) {
  const low = new Float32Array(units);
  const high = new Float32Array(units);
  const share = units / Math.max(values.length, 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (value < least) low[i % units] = (low[i % units] ?? 0) + share;
    else if (value > 0.9) high[i % units] = (high[i % units] ?? 0) + share;
  }
  return { low, high };
}

function meanEnds(saturations: readonly Saturation[], units: number): Float32Array | null {
  if (saturations.length === 0) return null;
  return Float32Array.from(
    { length: units },
    (_, unit) =>
      saturations.reduce((sum, { low, high }) => sum + (low[unit] ?? 0) + (high[unit] ?? 0), 0) /
      saturations.length,
  );
}

/** ln 2 / −mean ln f, by unit; ∞ where a gate always keeps everything. @param values of the gate that keeps, [T, units] */
export function halfLives(values: ArrayLike<number>, units: number): Float32Array {
  const logs = new Float64Array(units);
  for (let i = 0; i < values.length; i++)
    logs[i % units] = (logs[i % units] ?? 0) + Math.log(values[i] ?? NaN);
  const steps = values.length / units;
  return Float32Array.from(logs, (log) => Math.LN2 / Math.max(-log / steps, 0));
}

function meanSizes(values: ArrayLike<number>, units: number): Float32Array {
  const sums = new Float64Array(units);
  for (let i = 0; i < values.length; i++)
    sums[i % units] = (sums[i % units] ?? 0) + Math.abs(values[i] ?? NaN);
  return Float32Array.from(sums, (sum) => (sum * units) / Math.max(values.length, 1));
}
