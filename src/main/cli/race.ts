import type { ApiError } from '../../common/contract.ts';
import { toApiError } from '../api/errors.ts';
import type { JobRequest } from '../jobs/job-session.ts';
import { OutputSession } from '../jobs/output-session.ts';
import { PATIENCE, runJob } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { usageError, type Command, type Output } from './command.ts';
import { errorLine } from './error-line.ts';
import { RUN_OPTIONS, runRequest } from './run-options.ts';

/** What one model wrote on the text. */
export interface RaceRow {
  readonly model: string;
  readonly text: string;
  readonly output: string;
  /** Tokens that were written, the end of the text included. */
  readonly steps: number;
  readonly milliseconds: number;
  /** When each step was done, ms since the run began. */
  readonly times: readonly number[];
}

/** Of a model that is raced: what it wrote, or why it did not. */
type Racer =
  | (Omit<RaceRow, 'text'> & { readonly notes?: readonly string[] })
  | { readonly model: string; readonly error: ApiError };

export type RaceRequest = Extract<JobRequest, { readonly kind: 'race' }>;

/** Lets one model write. */
export type RunRacer = (
  model: string,
  request: RaceRequest,
) => Promise<{ readonly row: RaceRow; readonly notes: readonly string[] }>;

async function runRacer(model: string, request: RaceRequest): ReturnType<RunRacer> {
  const session = new OutputSession(request, (bytes) =>
    Promise.resolve(JSON.parse(new TextDecoder().decode(bytes)) as RaceRow),
  );
  const row = await runJob(session, { model, launch: launchHeadless, patience: PATIENCE });
  return { row, notes: session.notes };
}

/** Models on one text and one clock, one after another, each warmed up by a run before. */
export const raceCommand: Command = {
  usage: 'headgate race MODEL [MODEL2 … MODEL4] [--text T] [--generate N] [--json]',
  summary: 'let up to four models write on one text: outputs, steps, milliseconds',
  options: { ...RUN_OPTIONS, json: { type: 'boolean' } },
  several: true,

  run(model, values, output, beside = []) {
    if (model === null) throw usageError('headgate race needs a MODEL.');
    const request = { kind: 'race', ...runRequest(values) } as const;
    if (request.target !== undefined)
      throw usageError('--target gives the text, so nothing would be written.');
    if ((request.generate?.beams ?? 1) > 1)
      throw usageError('Beam search writes nothing step by step, so it has no clock: leave --beams out.');
    return race([model, ...beside], request, { output, isJson: values['json'] === true });
  },
};

/**
 * A model that fails is told, and the others go on.
 * @returns the exit status: 1 when one failed
 * @throws what the only model throws; HeadgateError `interrupted`
 */
export async function race(
  models: readonly string[],
  request: RaceRequest,
  { output, isJson }: { readonly output: Output; readonly isJson: boolean },
  run: RunRacer = runRacer,
): Promise<number> {
  const racers: Racer[] = [];
  // Without a text, all read the example of the first that has one.
  let { text } = request;
  for (const model of models)
    try {
      const { row, notes } = await run(model, { ...request, ...(text === undefined ? {} : { text }) });
      const { text: read, ...written } = row;
      text ??= read;
      for (const note of notes)
        output.note(`headgate: note: ${models.length > 1 ? `${row.model}: ` : ''}${note}`);
      racers.push({ ...written, ...(notes.length === 0 ? {} : { notes }) });
      if (!isJson) for (const line of raceLines(row)) output.out(line);
    } catch (thrown) {
      const error = toApiError(thrown);
      if (models.length === 1 || error.code === 'interrupted') throw thrown;
      output.note(errorLine({ ...error, message: `${model}: ${error.message}` }));
      racers.push({ model, error });
    }
  if (isJson) output.out(JSON.stringify({ text: text ?? '', racers }, null, 2));
  return racers.some((racer) => 'error' in racer) ? 1 : 0;
}

function* raceLines({ model, output, steps, milliseconds }: RaceRow): Generator<string> {
  yield `${model}: ${steps} steps in ${Math.round(milliseconds)} ms`;
  yield `  ${output}`;
}
