import { OutputSession } from '../jobs/output-session.ts';
import { PATIENCE, runJob } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { usageError, type Command, type Values } from './command.ts';
import { RUN_OPTIONS, runRequest, whole } from './run-options.ts';

/** What the renderer answers: a row for each head, with its metrics on the text. */
export interface HeadsReport {
  readonly model: string;
  readonly text: string;
  readonly tokens: number;
  /** How the random tokens were drawn; left out: nobody asked for them. */
  readonly repeat_random?: { readonly tokens: number; readonly seed: number; readonly samples: number };
  readonly heads: readonly HeadRow[];
}

interface HeadRow {
  readonly attention: string;
  readonly layer: number;
  readonly head: number;
  readonly label: string;
  /** Scores on random tokens that come twice. */
  readonly repeat_random?: Readonly<Record<string, number>>;
  /** The metrics by their names, null where no query counts. */
  readonly [metric: string]: unknown;
}

/** Metrics in the order of the printed table. */
const METRICS = [
  'previous',
  'induction',
  'duplicate',
  'self',
  'first',
  'special',
  'entropy',
  'effective_tokens',
  'distance',
] as const;
const SCORES = ['induction', 'duplicate', 'previous'] as const;
/** The seed when only `--repeat-random` is given. */
const SEED = 0;

/** What every head of a model does: the table of the view All heads. */
export const headsCommand: Command = {
  usage: 'headgate heads MODEL [--text T] [--pair T2] [--target T3] [--repeat-random N [--seed S]] [--json]',
  summary: 'list what each attention head does on a text, and on random tokens that come twice',
  options: { ...RUN_OPTIONS, 'repeat-random': { type: 'string' }, json: { type: 'boolean' } },

  async run(model, values, output) {
    if (model === null) throw usageError('headgate heads needs a MODEL.');
    const session = new OutputSession(headsRequest(values), (bytes) =>
      Promise.resolve(JSON.parse(new TextDecoder().decode(bytes)) as HeadsReport),
    );
    const report = await runJob(session, { model, launch: launchHeadless, patience: PATIENCE });
    for (const note of session.notes) output.note(`headgate: note: ${note}`);
    if (values['json'] === true) output.out(JSON.stringify(report, null, 2));
    else for (const line of headLines(report)) output.out(line);
    return 0;
  },
};

/** What is to be measured. @throws HeadgateError `usage` that names the option */
export function headsRequest(values: Values) {
  const tokens = whole(values, 'repeat-random', 2);
  const seed = whole(values, 'seed', 0);
  const isGenerating = ['generate', 'beams'].some((name) => values[name] !== undefined);
  if (seed !== undefined && tokens === undefined && !isGenerating)
    throw usageError('--seed is about --repeat-random N (or --generate N): add it.');
  // The seed is that of the random tokens, and of a generation where there is one.
  const others = Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'seed'));
  const request = { kind: 'heads', ...runRequest(isGenerating ? values : others) } as const;
  return tokens === undefined ? request : { ...request, repeated: { tokens, seed: seed ?? SEED } };
}

/** The report as a table in plain text. */
export function* headLines({ model, tokens, repeat_random: random, heads }: HeadsReport): Generator<string> {
  const hasKinds = new Set(heads.map(({ attention }) => attention)).size > 1;
  const drawn =
    random === undefined
      ? ''
      : `, and ${random.samples} × ${random.tokens} random tokens that come twice (seed ${random.seed})`;
  yield `${model}: ${heads.length} heads on a text of ${tokens} tokens${drawn}`;
  const header = [
    ...(hasKinds ? ['attention'] : []),
    ...['head', 'label', ...METRICS],
    ...(random === undefined ? [] : SCORES.map((name) => `random_${name}`)),
  ];
  const rows = heads.map((row) => [
    ...(hasKinds ? [row.attention] : []),
    ...[`L${row.layer} H${row.head}`, row.label, ...METRICS.map((name) => figure(row[name]))],
    ...(random === undefined ? [] : SCORES.map((name) => figure(row.repeat_random?.[name]))),
  ]);
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const words = hasKinds ? 3 : 2;
  for (const row of [header, ...rows])
    yield row
      .map((cell, at) => (at < words ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
}

function figure(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : '–';
}
