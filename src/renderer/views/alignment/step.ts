import { HeadgateError } from '../../../common/error.ts';
import { tableOf, type Table } from '../../common/table.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import type { Run } from '../../runs/run.ts';

/** A step of a run's decoder. */
export interface StepWish {
  readonly run: Run;
  readonly step: number;
}

/** What a decoder's attention did at one step. */
export interface AttentionStep extends StepWish {
  /** [S] */
  readonly scores: Float32Array;
  readonly weights: Float32Array;
  /** [K] */
  readonly context: Float32Array;
}

export async function readStep({ run, step }: StepWish): Promise<AttentionStep> {
  const row = async (name: string) => {
    const { tensor, release } = await activationOf(run, name).lease();
    try {
      return await run.gpu.read(rowsOf(tensor, step, step + 1));
    } finally {
      release();
    }
  };
  const [scores, weights, context] = await Promise.all([
    row('attention.scores'),
    row('attention.weights'),
    row('attention.context'),
  ]);
  return { run, step, scores, weights, context };
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
  throw new HeadgateError(
    'no-attention',
    'This run has no attention decoder.',
    'Open a seq2seq model with attention to see its scores, weights and context.',
  );
}
