import { OutputSession } from '../jobs/output-session.ts';
import { PATIENCE, runJob } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { usageError, type Command } from './command.ts';
import { RUN_OPTIONS, runRequest } from './run-options.ts';

/** What the renderer answers: the views that fit a run, best first. */
interface ViewsReport {
  readonly model: string;
  readonly text: string;
  readonly views: readonly {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    /** 0 … 1: how well it fits. */
    readonly score: number;
    readonly settings: readonly {
      /** As it stands on a command line: `--same-length`. */
      readonly option: string;
      readonly title: string;
      readonly kind: string;
      readonly default: string | number | boolean;
      readonly choices?: readonly string[];
      readonly least?: number;
      readonly most?: number;
    }[];
  }[];
}

/** Which views fit a model, and what can be set in each. */
export const viewsCommand: Command = {
  usage: 'headgate views MODEL [--text T] [--window N@K] [--json]',
  summary: 'list the views that fit a model, with their settings',
  options: { ...RUN_OPTIONS, json: { type: 'boolean' } },

  async run(model, values, output) {
    if (model === null) throw usageError('headgate views needs a MODEL.');
    const request = { kind: 'views', ...runRequest(values) } as const;
    const session = new OutputSession(request, (bytes) =>
      Promise.resolve(JSON.parse(new TextDecoder().decode(bytes)) as ViewsReport),
    );
    const report = await runJob(session, { model, launch: launchHeadless, patience: PATIENCE });
    if (values['json'] === true) output.out(JSON.stringify(report, null, 2));
    else for (const line of describe(report)) output.out(line);
    return 0;
  },
};

function* describe({ model, views }: ViewsReport): Generator<string> {
  yield model;
  for (const { id, description, settings } of views) {
    yield `  ${id.padEnd(16)}${description}`;
    for (const { option, title, kind, choices, least, most, ...setting } of settings) {
      const range = kind === 'choice' ? (choices ?? []).join('|') : `${least ?? ''}…${most ?? ''}`;
      const value = kind === 'switch' ? '' : ` ${range}`;
      yield `  ${''.padEnd(18)}${option}${value}  ${title} (${String(setting.default)})`;
    }
  }
}
