import { HeadgateError } from '../../../common/error.ts';
import { tableOf, type Table } from '../../common/table.ts';
import { topOf, type Prediction } from '../../runs/facets/readout.ts';
import type { HeadSteps } from '../../runs/head-steps.ts';
import type { Run } from '../../runs/run.ts';

/** A step of a run's decoder. */
export interface StepWish {
  readonly run: Run;
  readonly step: number;
}

/** What a decoder's attention did at one step. */
export interface AttentionStep extends StepWish {
  readonly steps: HeadSteps;
  /** [S] */
  readonly scores: Float32Array;
  readonly weights: Float32Array;
  /** [K] */
  readonly context: Float32Array;
  /** Weights of all steps, [T, S]. */
  readonly all: Float32Array;
  /** The likeliest outputs of the step, best first. */
  readonly rivals: readonly Prediction[];
}

const RIVALS = 5;

export async function readStep({ run, step }: StepWish, signal?: AbortSignal): Promise<AttentionStep> {
  const map = run.attention.find(({ kind }) => kind === 'cross');
  if (map === undefined) throw noDecoder();
  const [steps, all, rivals] = await Promise.all([
    map.steps(0, 0, step, signal),
    activationOf(run, 'attention.weights').read(signal),
    topOf(run, step, RIVALS),
  ]);
  const { scores, weights, context } = steps;
  return { run, step, steps, scores, weights, context, all, rivals };
}

/** Score and weight of every source token at every step, a row each; the array of contexts is [T, K]. */
export async function alignmentTable(run: Run): Promise<Table> {
  const read = async (name: string) => ({
    shape: activationOf(run, name).shape,
    values: await activationOf(run, name).read(),
  });
  const scores = await read('attention.scores');
  const weights = await read('attention.weights');
  const context = await read('attention.context');
  const source = run.sourceTokens ?? [];
  const [steps = 0, S = 0] = weights.shape;
  const each = <Value>(value: (step: number, index: number) => Value) =>
    Array.from({ length: steps * S }, (_, at) => value(Math.floor(at / S), at % S));
  const { columns, rows } = tableOf({
    step: Int32Array.from(each((step) => step)),
    token: each((step) => run.tokens[step]?.text ?? ''),
    source_index: Int32Array.from(each((_, index) => index)),
    source: each((_, index) => source[index]?.text ?? ''),
    score: scores.values,
    weight: weights.values,
  });
  return {
    ...{ columns, rows },
    arrays: [
      { name: 'attention.scores', ...scores },
      { name: 'attention.weights', ...weights },
      { name: 'attention.context', ...context },
      { name: 'token', shape: [run.tokens.length], values: run.tokens.map(({ text }) => text) },
      { name: 'source', shape: [source.length], values: source.map(({ text }) => text) },
    ],
  };
}

/** True for runs of a decoder with attention that wrote something. */
export function hasSteps(run: Run): boolean {
  return run.sourceTokens !== null && run.activations.has('attention.weights') && run.tokens.length > 0;
}

function activationOf(run: Run, name: string) {
  const activation = run.activations.get(name);
  if (activation !== undefined && hasSteps(run)) return activation;
  throw noDecoder();
}

function noDecoder(): HeadgateError {
  return new HeadgateError(
    'no-attention',
    'This run has no attention decoder.',
    'Open a seq2seq model with attention to see its scores, weights and context.',
  );
}
