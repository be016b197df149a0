import type { LoadedModel } from '../../models/family.ts';
import type { RunInput } from '../../runs/run-input.ts';
import { generateRuns, lastLogits } from '../../models/generate.ts';
import { createSampler } from '../../models/sample.ts';
import type { Run } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';

/** The changes that a run has tokens for. */
function applicable(
  changes: readonly Intervention[],
  { tokens, sourceTokens }: Run,
): readonly Intervention[] {
  const tokensOf = (side: 'encoder' | 'decoder' | undefined) =>
    side === 'encoder' ? (sourceTokens ?? []) : tokens;
  return changes.filter((change) => change.kind === 'head' || change.position < tokensOf(change.side).length);
}

/**
 * A run with changes; the run itself if there is nothing to change in it.
 * @throws as `LoadedModel.intervene`; `base` is left alone.
 */
export async function withChanges(
  model: LoadedModel,
  base: Run,
  changes: readonly Intervention[],
  signal: AbortSignal,
): Promise<Run> {
  const made = applicable(changes, base);
  if (made.length === 0 || model.intervene === undefined) return base;
  return model.intervene(base, made, signal);
}

/**
 * A text that goes on, every token found with the changes: `generateRuns` of the model as it is then.
 * @throws as `generateRuns` and `LoadedModel.intervene`; the signal's reason.
 */
export async function* writeChanged(
  model: LoadedModel,
  changes: readonly Intervention[],
  input: RunInput,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  if (changes.length === 0 || model.intervene === undefined) {
    yield* generateRuns(model, input, signal);
    return;
  }
  /** What changed runs were made of, until it goes along with one. */
  const bases = new Set<Run>();
  const changed: LoadedModel = {
    maxTokens: model.maxTokens,
    bytes: model.bytes,
    ...(model.writes && { writes: model.writes }),
    async run(next, signal) {
      const base = await model.run(next, signal);
      bases.add(base);
      return withChanges(model, base, changes, signal);
    },
    dispose: () => undefined,
  };
  try {
    const runs = model.writes === 'output' ? writeOutput : generateRuns;
    for await (const run of runs(changed, input, signal)) {
      bases.delete(run.facet('changes')?.base ?? run);
      yield run;
    }
  } finally {
    for (const base of bases) base.dispose();
  }
}

/** Tokens of an output when nobody says how many. */
const OUTPUT_TOKENS = 128;

/** An output that is found token by token, each after a run over those that are there. */
async function* writeOutput(
  model: LoadedModel,
  { decode = {}, ...input }: RunInput,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  const { prefix = [], maxTokens = OUTPUT_TOKENS } = decode;
  const most = Math.min(maxTokens, (model.maxTokens ?? Infinity) - 1);
  const sample = createSampler(decode);
  const ids = [...prefix];
  for (;;) {
    const run = await model.run({ ...input, decode: { target: [...ids] } }, signal);
    const last = ids.length > prefix.length ? run.tokens.at(-1) : undefined;
    const isLast = last?.special === true || ids.length >= most;
    try {
      if (!isLast) ids.push(sample(await lastLogits(run, signal)));
    } catch (error) {
      run.dispose();
      throw error;
    }
    yield run;
    if (isLast) return;
  }
}
