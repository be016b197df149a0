import { bundledModelsFolder } from '../files/resources.ts';
import { inspectModel, type Inspection } from '../library/inspect-model.ts';
import { Library } from '../library/library.ts';
import { usageError, type Command } from './command.ts';
import { errorLine } from './error-line.ts';

/** What a model's files are, told without running them. */
export const inspectCommand: Command = {
  usage: 'headgate inspect MODEL [--json]',
  summary: 'say what the files of a model are, without running it',
  options: { json: { type: 'boolean' } },

  async run(model, values, output) {
    if (model === null) throw usageError('headgate inspect needs a MODEL.');
    const library = await Library.load({ bundled: bundledModelsFolder(), recents: null });
    const inspection = await inspectModel(library, await library.open(model));
    if (values['json'] === true) output.out(JSON.stringify(inspection, null, 2));
    else for (const line of describe(inspection)) output.out(line);
    return 0;
  },
};

const number = (value: number) => value.toLocaleString('en-US');
const shape = (sizes: readonly number[]) => `[${sizes.join(', ')}]`;

function* describe(model: Inspection): Generator<string> {
  const row = (label: string, value: string) => `  ${label.padEnd(12)}${value}`;
  const { tokenizer } = model;
  yield model.name;
  yield row('format', `${model.format}, ${number(model.bytes)} bytes in ${model.files.join(', ')}`);
  yield row('model_type', model.modelType ?? 'none');
  if (model.recognised !== null) {
    yield row('recognised', model.recognised.what);
    for (const sentence of model.recognised.assumed) yield row('assumed', sentence);
  }
  yield row('family', model.family ?? 'none that Headgate runs');
  yield row('parameters', number(model.parameters));
  yield row('dtype', model.dtypes.join(', ') || 'none');
  yield row(
    'tokenizer',
    tokenizer === null
      ? 'none'
      : `${tokenizer.files.join(', ') || 'in config.json'}${tokenizer.type === null ? '' : ` (${tokenizer.type}${tokenizer.vocabulary === null ? '' : `, ${number(tokenizer.vocabulary)} tokens`})`}`,
  );
  yield row('tensors', number(model.tensors.length));
  const width = Math.max(0, ...model.tensors.map(({ name }) => name.length));
  for (const { name, dtype, shape: sizes } of model.tensors)
    yield `    ${name.padEnd(width)}  ${dtype.padEnd(4)}  ${shape(sizes)}`;
  for (const { name, shape: sizes } of model.missing) yield row('missing', `${name} ${shape(sizes)}`);
  for (const { name, expected, actual } of model.misshapen)
    yield row('misshapen', `${name} ${shape(actual)}, where ${shape(expected)} is expected`);
  for (const name of model.unexpected) yield row('unexpected', name);
  for (const sentence of model.remarks) yield row('note', sentence);
  for (const problem of model.problems) yield row('problem', errorLine(problem).replace(/^headgate: /, ''));
}
