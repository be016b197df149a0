import { basename, extname, resolve } from 'node:path';
import { FIGURE_FORMATS, FIGURE_THEMES, type FigureJob } from '../../common/contract.ts';
import { AtomicFile } from '../files/atomic-file.ts';
import { checkTarget, commit } from '../files/check-target.ts';
import { pathError } from '../files/system-error.ts';
import { OutputSession } from '../jobs/output-session.ts';
import { PATIENCE, runJob } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { usageError, type Command, type Values } from './command.ts';
import { isSession, readSessionSlot } from './session-slot.ts';
import { number, RUN_OPTIONS, runRequest, whole, word } from './run-options.ts';

const OPTIONS = {
  ...RUN_OPTIONS,
  view: { type: 'string' },
  slot: { type: 'string' },
  out: { type: 'string' },
  token: { type: 'string' },
  attention: { type: 'string' },
  log: { type: 'boolean' },
  'hide-first-token': { type: 'boolean' },
  theme: { type: 'string' },
  transparent: { type: 'boolean' },
  width: { type: 'string' },
  height: { type: 'string' },
  mm: { type: 'string' },
  scale: { type: 'string' },
  force: { type: 'boolean' },
  json: { type: 'boolean' },
} as const satisfies Command['options'];

/** What a figure came to. */
interface FigureResult {
  readonly file: string;
  readonly bytes: number;
  /** What is to be known of the run, a sentence each. */
  readonly notes: readonly string[];
}

/** Draws a view of a run unseen, in the renderer's own code, and keeps it as a file. */
export const figureCommand: Command = {
  usage:
    'headgate figure MODEL|FILE.headgate --view ID --out FILE.svg|pdf|png|csv|npz [--slot B] [--text T] [--SETTING VALUE …] [--token N]\n' +
    '          [--attention KIND] [--log] [--hide-first-token] [--theme light|dark|paper] [--mm N] [--transparent]\n' +
    '          [--width N] [--height N] [--scale 1…4] [the options of capture that say what is run] [--force] [--json]',
  summary: 'draw a view of a model and write the figure or its numbers',
  options: OPTIONS,
  takesOthers: true,

  async run(model, values, output) {
    const out = word(values, 'out');
    if (model === null) throw usageError('headgate figure needs a MODEL or a session.');
    if (out === null || out === '') throw usageError('headgate figure needs a file: --out FILE.');
    const slot = word(values, 'slot');
    if (slot !== null && !isSession(model))
      throw usageError('--slot is about a session: name its .headgate file.');
    const request = figureRequest(values, out);
    const from = isSession(model) ? await readSessionSlot(model, slot) : { model };
    const { model: opened, ...session } = from;
    const result = await figure({
      ...{ model: opened, request: { ...request, ...session }, out },
      force: values['force'] === true,
    });
    for (const note of result.notes) output.note(`headgate: note: ${note}`);
    if (values['json'] === true) output.out(JSON.stringify(result));
    else output.out(`${result.file}: ${result.bytes.toLocaleString('en-US')} bytes`);
    return 0;
  },
};

/** @throws HeadgateError */
async function figure(options: {
  readonly model: string;
  readonly request: Omit<FigureJob, 'model'>;
  readonly out: string;
  readonly force: boolean;
}): Promise<FigureResult> {
  const { model, request, out, force } = options;
  await checkTarget(out, force);
  const target = resolve(out);
  const session = new OutputSession(request, async (bytes): Promise<FigureResult> => {
    const file = await AtomicFile.create(target).catch((error: unknown) => {
      throw pathError(target, error, 'written');
    });
    await file.write(bytes, 0).catch(async (error: unknown) => {
      await file.discard();
      throw pathError(target, error, 'written');
    });
    await commit(file, target, force);
    return { file: target, bytes: bytes.length, notes: session.notes };
  });
  return runJob(session, { model, launch: launchHeadless, patience: PATIENCE });
}

/**
 * What is to be drawn.
 * @throws HeadgateError `usage` that names the option
 */
export function figureRequest(values: Values, out: string): Omit<FigureJob, 'model'> {
  const view = word(values, 'view');
  if (view === null) throw usageError('headgate figure needs a view: --view ID. See headgate views MODEL.');
  const token = whole(values, 'token', 0);
  const attention = word(values, 'attention');
  const theme = oneOf('theme', word(values, 'theme') ?? 'light', FIGURE_THEMES);
  checkSize(values, theme);
  return {
    kind: 'figure',
    ...runRequest(values),
    view,
    settings: settingsOf(values),
    ...(token === undefined ? {} : { token }),
    ...(attention === null
      ? {}
      : { attention: oneOf('attention', attention, ['self', 'encoder', 'decoder', 'cross'] as const) }),
    log: values['log'] === true,
    hideFirstToken: values['hide-first-token'] === true,
    format: formatOf(out),
    theme,
    transparent: values['transparent'] === true,
    width: length(values, 'width') ?? 800,
    height: length(values, 'height') ?? 600,
    millimetres: number(values, 'mm', 'a width from 20 to 500 mm', (mm) => mm >= 20 && mm <= 500) ?? 174,
    scale: number(values, 'scale', 'a number from 1 to 4', (scale) => scale >= 1 && scale <= 4) ?? 2,
  };
}

/** Paper is as wide as it is told in millimetres, all else in pixels. */
function checkSize(values: Values, theme: FigureJob['theme']): void {
  if (theme !== 'paper' && values['mm'] !== undefined)
    throw usageError('--mm is the width on paper: add --theme paper, or give --width in pixels.');
  for (const name of ['width', 'height'])
    if (theme === 'paper' && values[name] !== undefined)
      throw usageError(`--${name} is in pixels, and paper is measured in millimetres: give --mm.`);
}

function length(values: Values, name: 'width' | 'height'): number | undefined {
  const rule = 'a whole number of pixels from 100 to 8000';
  return number(values, name, rule, (px) => Number.isInteger(px) && px >= 100 && px <= 8000);
}

function formatOf(out: string): FigureJob['format'] {
  const ending = extname(out).slice(1).toLowerCase();
  const format = FIGURE_FORMATS.find((known) => known === ending);
  if (format === undefined)
    throw usageError(
      `${JSON.stringify(basename(out).slice(0, 40))} does not say what to write: it must end with ${FIGURE_FORMATS.map((known) => `.${known}`).join(', ')}.`,
    );
  return format;
}

function oneOf<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((known) => known === value);
  if (choice === undefined)
    throw usageError(`--${name} is ${JSON.stringify(value.slice(0, 40))}; it takes ${choices.join(', ')}.`);
  return choice;
}

/** The options that are not the command's own: the view's settings. */
function settingsOf(values: Values): Record<string, string> {
  const own = new Set(Object.keys(OPTIONS));
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      own.has(name) || value === undefined ? [] : [[name, String(value)]],
    ),
  );
}
