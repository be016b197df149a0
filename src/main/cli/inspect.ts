import { quote } from '../../common/error.ts';
import { reportSections } from '../../common/load-report.ts';
import { sentence } from '../../common/sentence.ts';
import { bundledModelsFolder } from '../files/resources.ts';
import { inspectModel, type Inspection } from '../library/inspect-model.ts';
import { Library } from '../library/library.ts';
import { usageError, type Command } from './command.ts';
import { errorLine } from './error-line.ts';

/** Most names of one kind that are listed. */
const MOST_LISTED = 2000;

/** Parts of the report that other rows tell. */
const REPEATED: ReadonlySet<string> = new Set(['format', 'assumed', 'left out']);

/** What a model's files are, told without running them. */
export const inspectCommand: Command = {
  usage: 'headgate inspect MODEL [--json]',
  summary: 'say what the files of a model are, without running it',
  options: { json: { type: 'boolean' } },

  async run(model, values, output) {
    if (model === null) throw usageError('headgate inspect needs a MODEL.');
    const library = await Library.load({ bundled: bundledModelsFolder(), recents: null });
    const inspection = await inspectModel(library, await library.open(model));
    if (values['json'] === true) output.out(JSON.stringify(report(inspection), null, 2));
    else for (const line of describe(inspection)) output.out(line);
    const { length } = inspection.problems;
    if (length === 0) return 0;
    output.note(
      `headgate: ${quote(inspection.name)} can't be run: ${length === 1 ? 'a problem is' : `${length} problems are`} listed above.`,
    );
    return 1;
  },
};

const number = (value: number) => value.toLocaleString('en-US');
const shape = (sizes: readonly number[]) => `[${sizes.join(', ')}]`;

function* describe(model: Inspection): Generator<string> {
  const row = (label: string, value: string) => `  ${label.padEnd(12)}${value}`;
  const { tokenizer } = model;
  yield shown(model.name);
  yield row('format', `${model.format}, ${number(model.bytes)} bytes in ${filesOf(model)}`);
  yield row('model_type', shown(model.modelType ?? 'none'));
  if (model.recognised !== null) {
    yield row('recognised', model.recognised.what);
  }
  const assumed = model.report?.assumed ?? model.recognised?.assumed ?? [];
  for (const line of assumed) yield row('assumed', sentence(line));
  yield row('family', model.family ?? 'none that Headgate runs');
  yield row('parameters', number(model.parameters));
  yield row('dtype', model.dtypes.join(', ') || 'none');
  yield row(
    'tokenizer',
    tokenizer === null
      ? 'none'
      : `${tokenizer.files.join(', ') || 'in config.json'}${tokenizer.type === null ? '' : ` (${tokenizer.type}${tokenizer.vocabulary === null ? '' : `, ${number(tokenizer.vocabulary)} tokens`})`}`,
  );
  const { labels } = model;
  if (labels !== undefined) {
    const what = { text: 'of the text', tokens: 'of each token', span: 'of an answer' }[labels.of];
    const how = { softmax: 'one of them', sigmoid: 'any of them', value: 'numbers' }[labels.scoring];
    const names = labels.names.slice(0, MOST_LISTED).map(shown).join(', ');
    const more =
      labels.names.length > MOST_LISTED ? ` … and ${number(labels.names.length - MOST_LISTED)} more` : '';
    yield row('labels', `${what}, ${how}: ${names}${more}`);
  }
  yield row('tensors', number(model.tensors.length));
  const names = model.tensors.slice(0, MOST_LISTED).map(({ name }) => shown(name));
  const width = names.reduce((widest, { length }) => Math.max(widest, length), 0);
  yield* listed(
    model.tensors,
    ({ name, dtype, shape: sizes }) =>
      `    ${shown(name).padEnd(width)}  ${dtype.padEnd(4)}  ${shape(sizes)}`,
  );
  yield* listed(model.missing, ({ name, shape: sizes }) => row('missing', `${shown(name)} ${shape(sizes)}`));
  yield* listed(model.misshapen, ({ name, expected, actual }) =>
    row('misshapen', `${shown(name)} ${shape(actual)}, where ${shape(expected)} is expected`),
  );
  yield* listed(model.unexpected, (name) => row('unexpected', shown(name)));
  if (model.report === null)
    yield* listed([...model.notes, ...model.remarks], (line) => row('note', sentence(line)));
  else
    for (const { key, lines } of reportSections(model.report))
      if (!REPEATED.has(key)) yield* listed(lines, (line) => row(key, sentence(line)));
  for (const problem of model.problems) yield row('problem', errorLine(problem).replace(/^headgate: /, ''));
}

/** The first files by name. */
function filesOf({ files }: Inspection): string {
  const first = files.slice(0, 8).map(shown).join(', ');
  return files.length > 8 ? `${first} and ${number(files.length - 8)} more` : first;
}

/** A name out of a file, fit for a terminal. */
function shown(name: string): string {
  return quote(name).slice(1, -1);
}

/** A line for each of the first names, and one for how many more there are. */
function* listed<T>(items: readonly T[], line: (item: T) => string): Generator<string> {
  for (const item of items.slice(0, MOST_LISTED)) yield line(item);
  if (items.length > MOST_LISTED) yield `    … and ${number(items.length - MOST_LISTED)} more`;
}

/** The report for programs. What the config alone makes long is cut, and `omitted` says by how much. */
function report(model: Inspection): object {
  const { missing, misshapen, unexpected } = model;
  const cut = Object.entries({ missing, misshapen, unexpected }).filter(
    ([, list]) => list.length > MOST_LISTED,
  );
  if (cut.length === 0) return model;
  return {
    ...model,
    ...Object.fromEntries(cut.map(([name, list]) => [name, list.slice(0, MOST_LISTED)])),
    omitted: Object.fromEntries(cut.map(([name, list]) => [name, list.length - MOST_LISTED])),
  };
}
