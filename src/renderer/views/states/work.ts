/** What the states view computes of a run, beside drawing. */
import { onSets, type OnSets } from '../../analysis/bit-sets.ts';
import { HeadgateError } from '../../../common/error.ts';
import { breath } from '../../common/breath.ts';
import { counted } from '../../common/numbers.ts';
import type { Lane } from '../../common/recurrent/lanes.ts';
import { stateLane, type StateName } from '../../common/recurrent/unit-features.ts';
import { readLane, unitCurves, type UnitCurve } from '../../common/recurrent/unit-values.ts';
import { outputName } from '../../common/output-text.ts';
import { topOf } from '../../runs/facets/readout.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Run, Token } from '../../runs/run.ts';
import type { ViewModels } from '../view.ts';
import type { Colouring } from './text-drawing.ts';

/** States of a text on the CPU, [T, units]. */
export interface TextStates {
  readonly tokens: readonly Token[];
  readonly units: number;
  readonly values: Float32Array;
}

/** Numbers of a text's states that are kept at most: 400 MB. */
const MOST_VALUES = 1e8;

/** @throws HeadgateError `text-too-long`; what reading throws */
export async function textStates(
  run: Run,
  lane: Lane,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<TextStates> {
  const units = run.activations.get(lane.activation)?.shape.at(-1) ?? 0;
  if (units * tokens.length > MOST_VALUES)
    throw new HeadgateError(
      'text-too-long',
      `States of ${counted(tokens.length, 'token')} × ${counted(units, 'unit')} are too many to be searched at once.`,
      `Use a text of at most ${counted(Math.floor(MOST_VALUES / units), 'token')}.`,
    );
  return { tokens, units, values: await readLane(run, lane, signal) };
}

/** A text of the user's beside the run's. */
export interface LongText {
  readonly name: string;
  readonly text: string;
}

export interface LongWish {
  readonly run: Run;
  readonly long: LongText;
  readonly stack: RecurrentTrace['stack'];
  readonly layer: number;
  readonly reverse: boolean;
  readonly state: StateName;
}

/** The states of another text on the same model. @throws what running it throws */
export function longStates(
  { run, long, stack, layer, reverse, state }: LongWish,
  models: Pick<ViewModels, 'run'>,
  signal: AbortSignal,
): Promise<TextStates> {
  return models.run(
    run.model.id,
    long.text,
    (other) => {
      const trace = (other.facet('recurrent') ?? []).find((one) => one.stack === stack);
      if (trace === undefined) throw new Error('The model has lost its recurrent layers.');
      return textStates(other, stateLane(trace, layer, reverse, state), trace.tokens, signal);
    },
    signal,
  );
}

export interface SetsWish {
  readonly states: TextStates;
  readonly threshold: number;
}

export function setsOf(
  { states, threshold }: SetsWish,
  { signal }: { readonly signal: AbortSignal },
): Promise<OnSets> {
  return onSets(states.values, states.units, threshold, () => breath(signal));
}

/** Curves of units, in their order. */
export async function curvesOf(
  run: Run,
  lanes: readonly Lane[],
  units: readonly number[],
  signal: AbortSignal,
): Promise<{ readonly unit: number; readonly curves: readonly UnitCurve[] }[]> {
  const found = [];
  for (const unit of units) found.push({ unit, curves: await unitCurves(run, lanes, unit, signal) });
  return found;
}

/** ‖∂logit/∂x_t‖ of the most probable answer at a position; null: nothing is derived by the stack's inputs. */
export async function gradientColouring(
  run: Run,
  trace: RecurrentTrace,
  position: number,
  signal: AbortSignal,
): Promise<Colouring | null> {
  const gradients = run.facet('inputGradient');
  if (gradients === null) return null;
  const [best] = await topOf(run, position, 1);
  if (best === undefined) return null;
  const side = trace.stack === 'encoder' ? 'source' : 'target';
  const found = await gradients.of({ output: best.token.id, position }, { signal });
  const values = found.find((one) => one.side === side)?.norms;
  if (values === undefined) return null;
  return {
    title: `‖∂logit/∂x‖ of ${outputName(run, best.token, `after ${position}`)}`,
    values,
    scale: 'sequential',
  };
}
