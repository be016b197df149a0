/** What the units of a recurrent layer follow. */
import { correlations } from '../../analysis/correlation.ts';
import type { Feature } from '../../analysis/features.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Run } from '../../runs/run.ts';
import { breath } from '../breath.ts';
import { lanesOf, type Lane } from './lanes.ts';
import { readLane } from './unit-values.ts';

/** A state of a layer. */
export type StateName = 'cell' | 'hidden';

/** The states that a layer has; the one that is usually looked at first. */
export function statesOf({ cell }: Pick<RecurrentTrace, 'cell'>): readonly StateName[] {
  return cell === 'lstm' ? ['cell', 'hidden'] : ['hidden'];
}

/** The lane of a state; the hidden state where there is no such. */
export function stateLane(trace: RecurrentTrace, layer: number, reverse: boolean, state: StateName): Lane {
  const lanes = lanesOf(trace, layer, reverse);
  const found = lanes.find(({ title }) => title === state) ?? lanes.at(-1);
  if (found === undefined) throw new Error('A recurrent layer has a hidden state.');
  return found;
}

/** Units of a layer: of all its lanes the most, since layers of a stack may differ. */
export function layerUnits(run: Run, trace: RecurrentTrace, layer: number, reverse: boolean): number {
  const widths = lanesOf(trace, layer, reverse).map(
    ({ activation }) => run.activations.get(activation)?.shape.at(-1) ?? 0,
  );
  return Math.max(0, ...widths);
}

/** The text that the spans of a stack's tokens count in; null: a decoder's tokens were written. */
export function typedText(run: Pick<Run, 'text'>, { stack }: Pick<RecurrentTrace, 'stack'>): string | null {
  return stack === 'decoder' ? null : run.text;
}

/** Pearson's correlation of a state's units with features of the text, [F, H]. @throws the signal's reason */
export async function unitCorrelations(
  run: Run,
  lane: Lane,
  features: readonly Feature[],
  signal?: AbortSignal,
): Promise<{ readonly units: number; readonly values: Float32Array<ArrayBuffer> }> {
  const states = await readLane(run, lane, signal);
  const units = run.activations.get(lane.activation)?.shape.at(-1) ?? 0;
  const values = await correlations(
    states,
    units,
    features.map((feature) => feature.values),
    () => breath(signal),
  );
  return { units, values };
}
