import type { ModelDetail, TensorInfo } from '../../common/contract.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import { storedBytes, storedType } from '../../common/stored-type.ts';
import { compareTensors, type Difference, type Side } from '../../common/tensors/difference.ts';
import { spreadOf, type Spread } from '../../common/tensors/spread.ts';
import { canRead, valuesOf, type ReadBytes } from '../../common/tensors/values.ts';
import { bundledModelsFolder } from '../files/resources.ts';
import { Library } from '../library/library.ts';
import { usageError, type Command } from './command.ts';
import { word } from './run-options.ts';

/** Rows that are printed; `--json` has all. */
const MOST_PRINTED = 2000;

/** The tensors of any file, with how their values are spread, or how far those of another model are from them. */
export const tensorsCommand: Command = {
  usage: 'headgate tensors MODEL [--names TEXT] [--stats] [--diff MODEL2] [--json]',
  summary: 'list the tensors of a file, their statistics, or how far those of another model moved',
  options: {
    names: { type: 'string' },
    stats: { type: 'boolean' },
    diff: { type: 'string' },
    json: { type: 'boolean' },
  },

  async run(model, values, output) {
    if (model === null) throw usageError('headgate tensors needs a MODEL.');
    const library = await Library.load({ bundled: bundledModelsFolder(), recents: null });
    const wanted = word(values, 'names') ?? '';
    const other = word(values, 'diff');
    if (other !== null && values['stats'] === true)
      throw usageError('--stats is about one model, --diff about two: leave one of them out.');
    const first = await sideOf(library, model, wanted);
    const second = other === null ? null : await sideOf(library, other, wanted);
    if (wanted !== '' && [first, second].every((one) => one === null || one.side.tensors.length === 0))
      throw noneNamed(first.detail, wanted);
    const isJson = values['json'] === true;
    const { signal } = new AbortController();
    if (second !== null) {
      const difference = await compareTensors(first.side, second.side, signal);
      if (isJson) output.out(JSON.stringify(forJson(difference), null, 2));
      else for (const line of differenceLines(difference)) output.out(line);
      return 0;
    }
    const rows: TensorRow[] = [];
    for (const tensor of first.side.tensors) {
      const { name, shape } = tensor;
      const row = { name, dtype: storedType(tensor), shape: [...shape], bytes: storedBytes(tensor) };
      const isRead = values['stats'] === true && canRead(tensor);
      rows.push(isRead ? { ...row, ...(await spreadOf(valuesOf(first.side.read, tensor, signal))) } : row);
    }
    if (isJson)
      output.out(
        JSON.stringify({ model: first.detail.name, format: first.detail.format, tensors: rows }, null, 2),
      );
    else for (const line of tensorLines(rows)) output.out(line);
    return 0;
  },
};

/** A tensor, with its statistics where they were asked for and its type is unpacked. */
type TensorRow = Pick<TensorInfo, 'name'> & {
  readonly dtype: ReturnType<typeof storedType>;
  readonly shape: readonly number[];
  readonly bytes: number;
} & Partial<Spread>;

/** @param wanted what a name must hold; '': all */
async function sideOf(
  library: Library,
  model: string,
  wanted: string,
): Promise<{ readonly detail: ModelDetail; readonly side: Side }> {
  const detail = await library.open(model);
  const read: ReadBytes = async (file, begin, end) => (await library.file(detail.id, file)).read(begin, end);
  const tensors = detail.tensors.filter(({ name }) => name.includes(wanted));
  return { detail, side: { tensors, read } };
}

function noneNamed({ name, tensors }: ModelDetail, wanted: string): HeadgateError {
  const [some] = tensors;
  return new HeadgateError(
    'no-tensor',
    `${quote(name)} has no tensor whose name holds ${quote(wanted)}.`,
    some === undefined
      ? 'It holds no tensors at all.'
      : `Its first one is ${quote(some.name)}; without --names all are listed.`,
  );
}

/** A name out of a file, fit for a terminal. */
function shown(name: string): string {
  return quote(name).slice(1, -1);
}

function* tensorLines(rows: readonly TensorRow[]): Generator<string> {
  const width = Math.max(0, ...rows.slice(0, MOST_PRINTED).map(({ name }) => shown(name).length));
  for (const row of rows.slice(0, MOST_PRINTED)) {
    const { name, dtype, shape, bytes } = row;
    yield `${shown(name).padEnd(width)}  ${dtype.padEnd(4)}  [${shape.join(', ')}]  ${bytes.toLocaleString('en-US')} bytes${spreadWords(row)}`;
  }
  if (rows.length > MOST_PRINTED) yield `… and ${rows.length - MOST_PRINTED} more: --names TEXT, or --json`;
}

function spreadWords({ count, least, largest, mean, std, zeros, nan, infinite }: TensorRow): string {
  if (count === undefined) return '';
  const bad = [
    ...(zeros ? [`${zeros} zeros`] : []),
    ...(nan ? [`${nan} NaN`] : []),
    ...(infinite ? [`${infinite} infinite`] : []),
  ];
  const ends = `${figure(least)} … ${figure(largest)}, mean ${figure(mean)}, std ${figure(std)}`;
  return `  ${[ends, ...bad].join(', ')}`;
}

function* differenceLines({ moved, onlyFirst, onlySecond, otherwise }: Difference): Generator<string> {
  const width = Math.max(0, ...moved.slice(0, MOST_PRINTED).map(({ name }) => shown(name).length));
  for (const { name, relative, largest, changed } of moved.slice(0, MOST_PRINTED))
    yield changed === 0
      ? `${shown(name).padEnd(width)}  the same`
      : `${shown(name).padEnd(width)}  ‖Δ‖/‖first‖ ${figure(relative)}, largest ${figure(largest)}, ${changed.toLocaleString('en-US')} values differ`;
  if (moved.length > MOST_PRINTED) yield `… and ${moved.length - MOST_PRINTED} more: --names TEXT, or --json`;
  for (const name of onlyFirst) yield `${shown(name)}  only in the first`;
  for (const name of onlySecond) yield `${shown(name)}  only in the second`;
  for (const name of otherwise) yield `${shown(name)}  of another shape, or of a type that is not unpacked`;
}

/** JSON knows no infinities. */
function forJson({ moved, onlyFirst, onlySecond, otherwise }: Difference): object {
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    moved: moved.map((one) => ({
      ...one,
      ...{ relative: finite(one.relative), distance: finite(one.distance), largest: finite(one.largest) },
    })),
    ...{ only_first: onlyFirst, only_second: onlySecond, not_compared: otherwise },
  };
}

function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : Number(value.toPrecision(6)).toString();
}
