/** Text that goes on, for every model that writes: with its own cache where it has one. */
import { withCharacters } from '../../common/text/byte-characters.ts';
import { HeadgateError } from '../../common/error.ts';
import { rowsOf } from '../gpu/tensor.ts';
import { PaceRecord } from '../runs/facets/pace.ts';
import type { Run } from '../runs/run.ts';
import type { LoadedModel } from './family.ts';
import type { RunInput } from '../runs/run-input.ts';
import { createSampler } from './sample.ts';

/** Tokens that are written when nobody says how many. */
const DEFAULT_TOKENS = 32;

/**
 * A run after each new token; the last one is the whole text.
 * @throws HeadgateError `no-generation` for a model that writes nothing; as `LoadedModel.run`; the signal's reason.
 */
export function generateRuns(
  model: LoadedModel,
  input: RunInput,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  if (model.generate !== undefined) return model.generate(input, signal);
  if (model.writes === 'continuation') return runAgain(model, input, signal);
  if (model.writes === 'output') return beginnings(model, input, signal);
  throw new HeadgateError(
    'no-generation',
    'This model reads a text; it does not write one.',
    'Open a language model or an encoder-decoder to generate text.',
  );
}

/** The last run of a generation. */
export async function generateText(model: LoadedModel, input: RunInput, signal: AbortSignal): Promise<Run> {
  // What finds its output in one go need not show its beginnings.
  if (model.generate === undefined && model.writes === 'output') return model.run(input, signal);
  let last: Run | null = null;
  for await (const run of generateRuns(model, input, signal)) {
    last?.dispose();
    last = run;
  }
  if (last === null) throw new Error('A generation gives at least one run.');
  return last;
}

/** For models whose state is cheap to compute again: every step runs the whole text. */
async function* runAgain(
  model: LoadedModel,
  { decode = {}, ...input }: RunInput,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  const { maxTokens = DEFAULT_TOKENS, prefix = [] } = decode;
  const sample = createSampler(decode);
  const pace = new PaceRecord();
  const given = input.tokens.length;
  let { tokens } = input;
  for (let written = 0; ; written++) {
    const times = written === 0 ? {} : { pace: pace.of(tokens.length, given) };
    const run = await model.run({ ...input, ...times, tokens }, signal);
    if (written === maxTokens || tokens.length === model.maxTokens) {
      yield run;
      return;
    }
    let id = prefix[written];
    try {
      id ??= sample(await lastLogits(run, signal));
    } catch (error) {
      run.dispose();
      throw error;
    }
    pace.step();
    yield run;
    tokens = withCharacters([...tokens, input.vocabulary(id)]);
  }
}

/** [V]: the logits of the token after the text. */
export async function lastLogits({ activations, gpu }: Run, signal: AbortSignal): Promise<Float32Array> {
  const logits = activations.get('logits');
  if (logits === undefined) throw new Error('A language model has logits.');
  const { tensor, release } = await logits.lease();
  try {
    const [T = 0] = tensor.shape;
    return await gpu.read(rowsOf(tensor, T - 1, T), signal);
  } finally {
    release();
  }
}

/** For encoder-decoders that find their output in one go: first all of it, then its beginnings, one after another. */
async function* beginnings(
  model: LoadedModel,
  input: RunInput,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  const whole = await model.run(input, signal);
  try {
    const ids = whole.tokens.map(({ id }) => id);
    for (let count = (input.decode?.prefix?.length ?? 0) + 1; count < ids.length; count++) {
      const decode = { ...input.decode, beams: 1, prefix: ids.slice(0, count), maxTokens: count };
      yield await model.run({ ...input, decode }, signal);
    }
  } catch (error) {
    whole.dispose();
    throw error;
  }
  yield whole;
}
