/** What was read of a model's files, and what became of it: for the window, `headgate inspect` and captures. */
import { keptBits } from './blocks/block-type.ts';
import { BLOCK_TYPES, isBlockDtype, type BlockDtype } from './blocks/block-types.ts';
import type { FoundPooling } from './configs/pooling.ts';
import type { Recognised } from './configs/recognise.ts';
import type { Remarks } from './configs/remarks.ts';
import type { Copy, TensorCheck } from './configs/spec.ts';
import type { Dtype, ModelDetail } from './contract.ts';
import type { Tokenizer } from './text/tokenizer.ts';
import { storedType } from './stored-type.ts';

export interface LoadReport {
  /** Id of the format, such as `safetensors`. */
  readonly format: string;
  /** The files that hold the tensors. */
  readonly files: readonly string[];
  /** What was cut from the beginning of the names; null: nothing. */
  readonly prefix: string | null;
  /** Names as they are stored and as they are read, beside the prefix. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Matrices that are stored the other way round. */
  readonly transposed: readonly string[];
  /** Tensors that were filled up with zeros where heads were pruned. */
  readonly padded: readonly string[];
  /** Biases that no file holds. */
  readonly zeros: readonly string[];
  readonly dtypes: readonly StoredType[];
  readonly tied: readonly Tie[];
  /** Names of tensors that the model has no place for. */
  readonly leftOut: readonly string[];
  /** What no file says and was taken for granted, a sentence each. */
  readonly assumed: readonly string[];
  /** What was mapped, chosen or left aside in reading the files, a sentence each. */
  readonly notes: readonly string[];
  /** What changes the outputs, though the model runs, a sentence each. */
  readonly remarks: readonly string[];
}

/** Tensors of one stored type, and what they are on the GPU. */
export interface StoredType {
  readonly stored: Dtype | BlockDtype;
  readonly tensors: number;
  readonly becomes: string;
}

/** Two names of one tensor, and why they are one. */
export interface Tie {
  readonly name: string;
  readonly to: string;
  readonly why: string;
}

export interface ReportParts {
  readonly check: TensorCheck;
  /** Those of the check's copies that hold other values than what they should repeat. */
  readonly differing: readonly Copy[];
  readonly recognised: Recognised | null;
  readonly remarks: Remarks;
  /** What the files beside config.json leave open. */
  readonly beside: Pick<FoundPooling, 'assumed'>;
  /** The adapter computes on the CPU; null: it is not known. */
  readonly isSoftware: boolean | null;
}

export function loadReport(model: ModelDetail, parts: ReportParts): LoadReport {
  const { check, recognised, remarks, beside, isSoftware } = parts;
  const { prefix = null, renamed = [], transposed = [], padded = [], zeros = [] } = model.reading ?? {};
  return {
    format: model.format,
    files: filesOf(model),
    ...{ prefix, renamed, transposed, padded, zeros },
    dtypes: storedTypes(check, isSoftware),
    tied: tiesOf(model, check, parts.differing),
    leftOut: check.unexpected.map(({ name }) => name),
    assumed: [...(recognised?.assumed ?? []), ...(beside.assumed ?? [])],
    notes: model.notes,
    remarks: remarks.sentences,
  };
}

/** Names of the files that hold tensors; one that is made while it is read is named by the file that it is made of. */
export function filesOf({ files, tensors }: Pick<ModelDetail, 'files' | 'tensors'>): string[] {
  const nameOf = new Map(files.map(({ id, name }) => [id, name]));
  const names = new Set(nameOf.values());
  return [...new Set(tensors.map(({ file }) => fileOnDisk(nameOf.get(file) ?? file, names)))];
}

/** The file that a tensor's bytes are made of: a tensor that is unpacked when it is read is named below its file. */
export function fileOnDisk(name: string, names: ReadonlySet<string>): string {
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1))
    if (names.has(name.slice(0, at))) return name.slice(0, at);
  return name;
}

function storedTypes({ found }: TensorCheck, isSoftware: boolean | null): StoredType[] {
  const counts = new Map<StoredType['stored'], number>();
  for (const tensor of found.values()) {
    const type = storedType(tensor);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].map(([stored, tensors]) => ({ stored, tensors, becomes: becomes(stored, isSoftware) }));
}

/** What the kernels read, in words; sums are in f32 everywhere. */
function becomes(dtype: Dtype | BlockDtype, isSoftware: boolean | null): string {
  if (isBlockDtype(dtype)) return `${dtype}, kept packed: ${keptBits(BLOCK_TYPES[dtype])} bits a value`;
  if (dtype === 'F32') return 'F32, as stored';
  if (dtype === 'F64') return 'F32, rounded';
  if (dtype === 'BF16' || (dtype === 'F16' && isSoftware === false))
    return `${dtype} in matrices, F32 in vectors: every value as stored`;
  if (dtype === 'F16')
    return isSoftware === true
      ? 'F32, every value as stored: this adapter computes on the processor'
      : 'F16 in matrices (F32 on a software adapter), F32 in vectors: every value as stored';
  return 'F32';
}

function tiesOf({ config, files }: ModelDetail, check: TensorCheck, differing: readonly Copy[]): Tie[] {
  const isSaid = typeof config?.['tie_word_embeddings'] === 'boolean';
  const isFromFile = files.some(({ name }) => name === 'config.json');
  // A config that is made of a file's metadata ties what the file does not hold.
  const said = isFromFile ? 'tie_word_embeddings in config.json' : 'the token table is the output head then';
  const rule = isSaid ? said : 'this family ties them';
  return [
    ...check.tied.map(({ name, to }) => ({ name, to, why: `no file holds it; ${rule}` })),
    ...check.copies
      .filter((copy) => !differing.includes(copy))
      .map(({ first, second }) => ({
        ...{ name: second.name, to: first.name },
        why: 'both are stored and hold the same values: they are loaded once',
      })),
  ];
}

/**
 * How the ids of the tokenizer and the rows of the token table compare, as a sentence; null: they are as many.
 * @param size ids of the tokenizer
 */
function vocabularyNote(config: ModelDetail['config'], size: number): string | null {
  const rows = config?.['vocab_size'];
  if (typeof rows !== 'number' || size === 0 || size === rows) return null;
  if (size > rows)
    return `The tokenizer has ${size} ids and the token table ${rows} rows: tokens from id ${rows} on were added without a row, and a text with one of them does not run.`;
  return `The token table has ${rows} rows and the tokenizer ${size} ids: rows from ${size} on have no token that they stand for.`;
}

/** The report with what there is to say of the model's tokenizer. */
export function withTokenizer(
  report: LoadReport,
  config: ModelDetail['config'],
  { size, notes = [] }: Pick<Tokenizer, 'size' | 'notes'>,
): LoadReport {
  const ids = vocabularyNote(config, size);
  return { ...report, notes: [...report.notes, ...notes, ...(ids === null ? [] : [ids])] };
}

export interface ReportSection {
  /** One short word, for tables. */
  readonly key: string;
  readonly title: string;
  readonly lines: readonly string[];
}

/** Most names of a kind that are listed. */
const MOST = 12;

/** The report for people: only what there is to say. */
export function reportSections(report: LoadReport): ReportSection[] {
  const { format, files, dtypes, tied, leftOut, assumed, notes, remarks } = report;
  const sections = [
    { key: 'caution', title: 'Changes the outputs', lines: remarks },
    { key: 'format', title: 'Format', lines: [`${format}: ${listed(files)}`] },
    {
      key: 'types',
      title: 'Types',
      lines: dtypes.map(({ stored, tensors, becomes: now }) => `${stored} (${counted(tensors)}) → ${now}`),
    },
    { key: 'note', title: 'Reading', lines: notes },
    { key: 'tied', title: 'Tied', lines: tied.map(({ name, to, why }) => `${name} = ${to}: ${why}`) },
    { key: 'assumed', title: 'Assumed', lines: assumed },
    { key: 'left out', title: 'Left out', lines: leftOut.length === 0 ? [] : [listed(leftOut)] },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

/** The report as it stands in a capture: the first names of long lists, and how many there are. */
export function shortReport(report: LoadReport): object {
  const lists = ['files', 'renamed', 'transposed', 'padded', 'zeros', 'leftOut'] as const;
  const omitted = lists
    .filter((list) => report[list].length > MOST)
    .map((list) => [list, report[list].length - MOST] as const);
  const cut = Object.fromEntries(omitted.map(([list]) => [list, report[list].slice(0, MOST)]));
  return { ...report, ...cut, ...(omitted.length > 0 && { omitted: Object.fromEntries(omitted) }) };
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST;
  const first = names.slice(0, MOST).map((name) => name.slice(0, 120));
  return `${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function counted(tensors: number): string {
  return tensors === 1 ? 'a tensor' : `${tensors} tensors`;
}
