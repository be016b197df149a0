/** The command line: `headgate [MODEL…]` and its subcommands. */
import { parseArgs } from 'node:util';
import { quote } from '../../common/error.ts';
import { toApiError } from '../api/errors.ts';
import { version } from '../version.ts';
import { captureCommand } from './capture.ts';
import { processOutput, usageError, type Command, type Output, type Values } from './command.ts';
import { errorLine } from './error-line.ts';
import { figureCommand } from './figure.ts';
import { headsCommand } from './heads.ts';
import { inspectCommand } from './inspect.ts';
import { takeOthers } from './other-options.ts';
import { FRESH, startOf } from './start-options.ts';
import { openApp } from './open.ts';
import { raceCommand } from './race.ts';
import { requireModel } from './require-model.ts';
import { serveCommand } from './serve.ts';
import { tensorsCommand } from './tensors.ts';
import { viewsCommand } from './views.ts';

/** A window holds so many models. */
const MOST_SLOTS = 4;

const openCommand: Command = {
  usage: 'headgate [--fresh] [MODEL | MODEL MODEL2 … | FILE.headgate]',
  summary: 'open the app: on a model, on up to four beside each other, or on a session',
  options: FRESH,
  several: true,
  run: (model, values, _output, beside) => openApp(startOf(model, beside, values)),
};

const subcommands = new Map<string, Command>([
  ['serve', serveCommand],
  ['inspect', inspectCommand],
  ['capture', captureCommand],
  ['figure', figureCommand],
  ['heads', headsCommand],
  ['race', raceCommand],
  ['tensors', tensorsCommand],
  ['views', viewsCommand],
]);

/**
 * Runs a command line to its end.
 * @param argv what follows the program's name
 * @returns the exit status: 0, or 1 after one line on stderr (with `--json` also an object on stdout)
 */
export async function main(argv: string[], output: Output = processOutput()): Promise<number> {
  try {
    const [first = '', ...rest] = argv;
    const subcommand = subcommands.get(first);
    const command = subcommand ?? openCommand;
    const { positionals, values } = parse(command, subcommand === undefined ? argv : rest);
    if (values['help'] === true) output.out(help());
    else if (values['version'] === true) output.out(version);
    else {
      const [model, ...beside] = await modelsOf(command, positionals);
      return await command.run(model ?? null, values, output, beside);
    }
    return 0;
  } catch (thrown) {
    const error = toApiError(thrown);
    output.note(errorLine(error));
    if (argv.includes('--json')) output.out(JSON.stringify(error));
    return 1;
  }
}

/** The models that a command names: without a subcommand, a mistyped one must not be taken for a model. */
async function modelsOf(command: Command, models: readonly string[]): Promise<readonly string[]> {
  if (models.includes('')) throw usageError('MODEL is empty: name a folder, a file, or a bundled model.');
  const commands = [...subcommands.keys()];
  if (command === openCommand) for (const model of models) await requireModel(model, commands);
  const extra = models[command.several === true ? MOST_SLOTS : 1];
  if (extra !== undefined) throw usageError(`There is one argument too many: ${quote(extra)}.`);
  return models;
}

function parse(command: Command, given: string[]): { positionals: string[]; values: Values } {
  const options = {
    ...command.options,
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  } as const;
  const { args, others } = command.takesOthers ? takeOthers(given, options) : { args: given, others: {} };
  let parsed: {
    values: Record<string, unknown>;
    positionals: string[];
    tokens: readonly { readonly kind: string; readonly name?: string }[];
  };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, tokens: true });
  } catch (error) {
    // Only what parseArgs itself says; its further advice is long.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/(?<=\.)\s/);
    throw usageError(sentence.endsWith('.') ? sentence : `${sentence}.`);
  }
  const names = parsed.tokens.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  // Of two texts one would go unread.
  if (twice !== undefined) throw usageError(`--${twice} is given twice.`);
  return { positionals: parsed.positionals, values: { ...others, ...(parsed.values as Values) } };
}

function help(): string {
  const commands = [openCommand, ...subcommands.values()];
  return [
    'Headgate shows what happens inside a sequence model.',
    '',
    ...commands.flatMap(({ usage, summary }) => [`  ${usage}`, `      ${summary}`]),
    '',
    'MODEL is a folder, a file of weights, or the name of a bundled model (headgate-gpt).',
    '--help and --version do what they say.',
  ].join('\n');
}
