import { moduleFiles, MODULES } from './configs/sentence-transformers.ts';
import { wrongField } from './configs/wrong-field.ts';
import type { ModelDetail, ModelFile, TensorInfo } from './contract.ts';
import { fileKind, KIND_BYTES, mayBeWeights } from './file-kind.ts';
import type { ByteSource } from './byte-source.ts';
import { HeadgateError, allSettled, quote } from './error.ts';
import { fitModel } from './fit/fit.ts';
import { foreignKind } from './fit/foreign.ts';
import { readingNotes } from './fit/notes.ts';
import { settingsConfig } from './fit/settings.ts';
import { refuseStandIn } from './formats/folder-files.ts';
import type { Format, ModelFolder } from './formats/format.ts';
import { formats } from './formats/registry.ts';
import { CONFIG_VALUES, isObject, parseJson } from './json.ts';
import { storedBytes } from './stored-type.ts';

/** Bytes of the largest config.json that is read. */
const MAX_CONFIG = 16 * 1024 * 1024;

/** The files that tokenizers are saved in. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'chat_template.json',
  'added_tokens.json',
  'vocab.json',
  'target_vocab.json',
  'merges.txt',
  'vocab.txt',
  'tokenizer.model',
  'sentencepiece.bpe.model',
  'spiece.model',
  'source.spm',
  'target.spm',
  'source_tokenizer.json',
  'target_tokenizer.json',
  'source_vocab.txt',
  'target_vocab.txt',
] as const;

/** What PEFT says of an adapter. */
const ADAPTER = 'adapter_config.json';
/** What Meta says of a Llama. */
const PARAMS = 'params.json';
const ADAPTER_BESIDE =
  'An adapter stands beside the model (adapter_config.json) and is not applied: the outputs are those of the model without it.';

const CARD = 'README.md';
const OTHER_FILES = [CARD, 'card.json', 'generation_config.json', 'golden.safetensors', MODULES] as const;

/** True for a file that is a part of a model's folder and no weights: naming it means the folder. */
export function isCompanion(name: string): boolean {
  const known: readonly string[] = [...TOKENIZER_FILES, ...OTHER_FILES, 'config.json'];
  return known.includes(name) && !name.endsWith('.safetensors');
}

export interface ReadModel {
  readonly detail: ModelDetail;
  /** By their ids. */
  readonly files: ReadonlyMap<string, ByteSource>;
}

export interface ReadOptions {
  readonly id: string;
  readonly source: ModelDetail['source'];
  /** The file of weights that the user pointed at; null when it was the folder. */
  readonly wanted: string | null;
  readonly fileId: (name: string) => string;
  /** What is to be said of how the folder was found; left out: nothing. */
  readonly note?: string;
}

/**
 * Tells what a folder holds: weights, config, tokenizer, card. Reads headers and configs, never weights, and no file
 * but those that it knows by name.
 * @throws HeadgateError `no-weights`, `bad-config`, or what the format says of its files.
 */
export async function readModel(given: ModelFolder, options: ReadOptions): Promise<ReadModel> {
  const { folder, version } = watched(given);
  // A file that was named is called by its own name, unless the folder tells what it is.
  const isNamed = options.wanted !== null && !folder.names.includes('config.json');
  const name = isNamed ? options.wanted : folder.name;
  const { format, entry } = await claimed(folder, options.wanted);
  const tokenizerFiles = [
    ...TOKENIZER_FILES,
    ...folder.names.filter((name) => name.endsWith('.tiktoken')).slice(0, 1),
  ];
  const known = [...tokenizerFiles, ...OTHER_FILES, 'config.json'].filter((name) =>
    folder.names.includes(name),
  );
  const below = known.includes(MODULES) ? await filesOfModules(folder) : [];
  const [stored, beside, ownConfig, adapter, params] = await Promise.all([
    format.read(folder, entry),
    openAll(folder, [...known, ...below]),
    readConfig(folder, 'config.json'),
    readConfig(folder, ADAPTER),
    readConfig(folder, PARAMS),
  ]);
  const companions = new Map([...beside, ...(stored.companions ?? [])]);
  const told =
    ownConfig?.['model_type'] === undefined ? settingsConfig({ ...stored.settings, params }) : null;
  const storedConfig = stored.config ?? (told === null ? ownConfig : { ...told, ...ownConfig });
  const { config, tensors, files: fittedFiles, reading } = fitModel({ ...stored, config: storedConfig });
  // A config.json that says what the tensors are overrules the format.
  const unfit = config?.['model_type'] === undefined ? (stored.refusal ?? null) : null;
  const refusal = wrongField(storedConfig) ?? foreignKind({ name, config, adapter, tensors }) ?? unfit;
  const sources = new Map([...fittedFiles, ...companions]);
  const cautions = adapter !== null && refusal === null ? [ADAPTER_BESIDE] : [];
  const files = new Map<string, ByteSource>();
  const listed: ModelFile[] = [];
  for (const [name, source] of sources) {
    const id = options.fileId(name);
    files.set(id, source);
    listed.push({ id, name, size: source.size });
  }
  const modelType = config?.['model_type'];
  const detail: ModelDetail = {
    id: options.id,
    name,
    source: options.source,
    modelType: typeof modelType === 'string' ? modelType : null,
    bytes: tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0),
    format: format.id,
    config,
    files: listed,
    ...version(),
    tensors: tensors.map((tensor) => withIds(tensor, options.fileId)),
    tokenizer: Object.fromEntries(
      tokenizerFiles.filter((name) => companions.has(name)).map((name) => [name, options.fileId(name)]),
    ),
    card: companions.has(CARD) ? options.fileId(CARD) : null,
    metadata: Object.fromEntries(stored.metadata ?? []),
    notes: [
      ...(options.note === undefined ? [] : [options.note]),
      ...(stored.notes ?? []),
      ...readingNotes(reading, storedConfig),
    ],
    ...(reading && { reading }),
    ...(refusal && { refusal: { code: refusal.code, message: refusal.message, hint: refusal.hint } }),
    ...(cautions.length > 0 && { cautions }),
  };
  return { detail, files };
}

/** The tensor with ids of files instead of names. */
function withIds({ packed, ...tensor }: TensorInfo, fileId: ReadOptions['fileId']): TensorInfo {
  const file = fileId(tensor.file);
  return { ...tensor, file, ...(packed && { packed: { ...packed, file: fileId(packed.file) } }) };
}

/** The folder, and what tells later whether one of the files that were asked of it has changed. */
function watched(given: ModelFolder): {
  readonly folder: ModelFolder;
  readonly version: () => Pick<ModelDetail, 'version'>;
} {
  const versions = new Map<string, string | undefined>();
  const file = async (name: string) => {
    const source = await given.file(name);
    if (source !== null) versions.set(name, source.version);
    return source;
  };
  const version = () => {
    const told = [...versions].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return told.some(([, one]) => one === undefined) ? {} : { version: JSON.stringify(told) };
  };
  return { folder: { ...given, file }, version };
}

/** What sentence-transformers adds: the files of the steps after the model. */
async function filesOfModules(folder: ModelFolder): Promise<readonly string[]> {
  const source = await folder.file(MODULES);
  if (source === null || source.size > MAX_CONFIG) return [];
  return moduleFiles(new TextDecoder().decode(await source.read(0, source.size)));
}

/** The format that reads a folder, and the file that it starts from. @throws HeadgateError `no-weights` */
async function claimed(
  folder: ModelFolder,
  wanted: string | null,
): Promise<{ format: Format; entry: string }> {
  for (const format of formats) {
    const entry = await format.claims(folder, wanted);
    if (entry === null) continue;
    const source = await folder.file(entry);
    if (source !== null) await refuseStandIn(source);
    return { format, entry };
  }
  throw await noWeights(folder, wanted);
}

async function openAll(folder: ModelFolder, names: readonly string[]): Promise<Map<string, ByteSource>> {
  const sources = await allSettled(names.map((name) => folder.file(name)));
  return new Map(sources.filter((source) => source !== null).map((source) => [source.name, source]));
}

async function readConfig(folder: ModelFolder, name: string): Promise<Record<string, unknown> | null> {
  const source = folder.names.includes(name) ? await folder.file(name) : null;
  if (source === null) return null;
  const bad = (what: string) =>
    new HeadgateError(
      'bad-config',
      `${name} of ${quote(folder.name)} ${what}.`,
      'Save or download the model again.',
    );
  if (source.size > MAX_CONFIG) throw bad(`has ${source.size} bytes; the limit is ${MAX_CONFIG}`);
  const bytes = await source.read(0, source.size);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad('is not valid UTF-8');
  }
  let config: unknown;
  try {
    config = parseJson(text, CONFIG_VALUES);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  if (!isObject(config)) throw bad('is not a JSON object');
  return config;
}

/** Says what is there instead of weights: the file that was named, or the first in the folder that may be some. */
async function noWeights(folder: ModelFolder, wanted: string | null): Promise<HeadgateError> {
  const name = wanted ?? folder.names.find(mayBeWeights);
  const source = name === undefined ? null : await folder.file(name);
  if (name === undefined || source === null)
    return new HeadgateError(
      'no-weights',
      `${quote(folder.name)} holds no weights that Headgate can read.`,
      'Open a folder with model.safetensors, or with shards and model.safetensors.index.json.',
    );
  const { what, hint } = fileKind(name, await source.read(0, Math.min(source.size, KIND_BYTES)));
  return new HeadgateError(
    'no-weights',
    wanted === null
      ? `${quote(folder.name)} holds ${what} (${quote(name)}), which Headgate can't read.`
      : `${quote(name)} is ${what}, which Headgate can't read.`,
    hint,
  );
}
