import { OutputSession } from '../jobs/output-session.ts';
import { PATIENCE, runJob } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { usageError, type Command } from './command.ts';
import { RUN_OPTIONS, runRequest } from './run-options.ts';

/** What one model wrote on the text. */
interface RaceRow {
  readonly model: string;
  readonly text: string;
  readonly output: string;
  /** Tokens that were written, the end of the text included. */
  readonly steps: number;
  readonly milliseconds: number;
  /** When each step was done, ms since the run began. */
  readonly times: readonly number[];
}

/** Models on one text and one clock, one after another, each warmed up by a run before. */
export const raceCommand: Command = {
  usage: 'headgate race MODEL [MODEL2 … MODEL4] [--text T] [--generate N] [--json]',
  summary: 'let up to four models write on one text: outputs, steps, milliseconds',
  options: { ...RUN_OPTIONS, json: { type: 'boolean' } },
  several: true,

  async run(model, values, output, beside = []) {
    if (model === null) throw usageError('headgate race needs a MODEL.');
    const request = { kind: 'race', ...runRequest(values) } as const;
    if (request.target !== undefined)
      throw usageError('--target gives the text, so nothing would be written.');
    const rows: RaceRow[] = [];
    for (const one of [model, ...beside]) {
      // Without a text, all read the first one's example.
      const text = request.text ?? rows[0]?.text;
      const session = new OutputSession({ ...request, ...(text === undefined ? {} : { text }) }, (bytes) =>
        Promise.resolve(JSON.parse(new TextDecoder().decode(bytes)) as RaceRow),
      );
      const row = await runJob(session, { model: one, launch: launchHeadless, patience: PATIENCE });
      for (const note of session.notes) output.note(`headgate: note: ${note}`);
      rows.push(row);
      if (values['json'] !== true) for (const line of raceLines(row)) output.out(line);
    }
    if (values['json'] === true) {
      const racers = rows.map(({ text: _text, ...row }) => row);
      output.out(JSON.stringify({ text: rows[0]?.text ?? '', racers }, null, 2));
    }
    return 0;
  },
};

function* raceLines({ model, output, steps, milliseconds }: RaceRow): Generator<string> {
  yield `${model}: ${steps} steps in ${Math.round(milliseconds)} ms`;
  yield `  ${output}`;
}
