/**
 * Reads `model.safetensors.index.json`, which says in which shard each tensor is. It is a stranger's text: shard names
 * may not lead out of the folder, and what it says is held against the shards themselves.
 */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, allSettled, quote } from '../../error.ts';
import type { ModelFolder, StoredTensor, StoredModel } from '../format.ts';
import { isMemberName } from '../member-name.ts';
import { MOST_VALUES, readSafetensors } from './file.ts';
import { JsonError, parseStrictJson, type JsonValue } from '../../strict-json.ts';

/** Bytes; the largest models have some thousands of tensors, about 100 bytes each. */
const MAX_INDEX = 64 * 1024 * 1024;
const MAX_SHARDS = 4096;

const INDEX_HINT = 'The index is damaged or was written wrongly: save the model again.';

/** @throws HeadgateError naming the index or the shard, the tensor and the rule. */
export async function readSafetensorsIndex(folder: ModelFolder, index: ByteSource): Promise<StoredModel> {
  const shardOf = await readIndex(index);
  const { shards, stale } = await openShards(folder, index, shardOf);
  const { tensors, metadata } = await readSafetensorsShards(shards);
  checkAgainstIndex(index, shardOf, new Map([...tensors].map(([name, { file }]) => [name, file])), stale);
  return {
    files: new Map([index, ...shards].map((source) => [source.name, source])),
    tensors: [...tensors.values()],
    metadata,
    ...(stale !== null && { notes: [stale.note] }),
  };
}

/** All tensors of several files. @throws HeadgateError `duplicate-tensor`, or what is wrong with a file */
export async function readSafetensorsShards(shards: readonly ByteSource[]): Promise<{
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}> {
  const headers = await allSettled(shards.map((shard) => readSafetensors(shard)));
  const tensors = new Map<string, StoredTensor>();
  for (const tensor of headers.flatMap((header) => header.tensors)) {
    const other = tensors.get(tensor.name);
    if (other !== undefined)
      throw new HeadgateError(
        'duplicate-tensor',
        `The tensor ${quote(tensor.name)} is in both ${other.file} and ${tensor.file}.`,
        'Save the model again: each tensor belongs in one shard.',
      );
    tensors.set(tensor.name, tensor);
  }
  return { tensors, metadata: new Map(headers.flatMap(({ metadata }) => [...metadata])) };
}

/** An index that belongs to another save than the shards beside it. */
export interface StaleIndex {
  /** What it names and is not there. */
  readonly missing: string;
  readonly note: string;
}

/**
 * What an index says is held against the shards; a stale one only has to know no tensors that they lack.
 * @param holders the shard of each tensor
 * @throws HeadgateError `tensor-not-in-shard`, `missing-shard`
 */
export function checkAgainstIndex(
  index: ByteSource,
  shardOf: ReadonlyMap<string, string>,
  holders: ReadonlyMap<string, string>,
  stale: StaleIndex | null,
): void {
  for (const [name, shard] of shardOf) {
    if (holders.get(name) === shard || (stale !== null && holders.has(name))) continue;
    if (stale !== null)
      throw new HeadgateError(
        'missing-shard',
        `${index.name} names the shard ${quote(stale.missing)}, which is not in the folder, and the shards of another save that are there lack the tensor ${quote(name)}.`,
        'Copy or download all files of one save into the folder.',
      );
    throw new HeadgateError(
      'tensor-not-in-shard',
      `${index.name} says that the tensor ${quote(name)} is in ${shard}, but that file does not have it.`,
      'The index and the shards do not belong together: copy or download all of them again.',
    );
  }
}

/** The shard of each tensor, in the order of the index. @throws HeadgateError `bad-index`, `unsafe-name` */
export async function readIndex(index: ByteSource): Promise<Map<string, string>> {
  if (index.size > MAX_INDEX)
    throw new HeadgateError(
      'bad-index',
      `${index.name} has ${index.size} bytes; the limit is ${MAX_INDEX}.`,
      INDEX_HINT,
    );
  return parseIndex(index, await index.read(0, index.size));
}

/**
 * The files that an index names; where some of them are missing and one complete set of shards is there, that set.
 * @throws HeadgateError `bad-index` for too many, `missing-shard`
 */
export async function openShards(
  folder: ModelFolder,
  index: ByteSource,
  shardOf: ReadonlyMap<string, string>,
): Promise<{ readonly shards: readonly ByteSource[]; readonly stale: StaleIndex | null }> {
  const names = [...new Set(shardOf.values())];
  if (names.length > MAX_SHARDS)
    throw new HeadgateError(
      'bad-index',
      `${index.name} names ${names.length} shards; the limit is ${MAX_SHARDS}.`,
      INDEX_HINT,
    );
  const files = await allSettled(names.map((name) => folder.file(name)));
  const missing = names.find((_, i) => files[i] === null);
  if (missing === undefined) return { shards: files.filter((file) => file !== null), stale: null };
  const [set, ...others] = completeSets(folder.names, missing.slice(missing.lastIndexOf('.')));
  if (set === undefined || others.length > 0) throw missingShard(folder, index, missing);
  const shards = await allSettled(set.map((name) => openShard(folder, index, name)));
  const note = `${index.name} is of another save: it names ${quote(missing)}, which is not in the folder. Opened was the complete set of ${set.length} files beside it (${set[0] ?? ''} and so on).`;
  return { shards, stale: { missing, note } };
}

/**
 * Shards by their usual names (`model-00001-of-00002.safetensors`), where all of a set are there.
 * @param ending such as `.safetensors`
 */
export function completeSets(names: readonly string[], ending: string): string[][] {
  const sets = new Map<string, { readonly count: number; readonly names: Map<number, string> }>();
  for (const name of names) {
    const [, stem, number, count] = /^(.*)-(\d{5})-of-(\d{5})(?=\.\w+$)/.exec(name) ?? [];
    if (stem === undefined || !name.endsWith(ending)) continue;
    const set = sets.get(`${stem} ${count}`) ?? { count: Number(count), names: new Map<number, string>() };
    set.names.set(Number(number), name);
    sets.set(`${stem} ${count}`, set);
  }
  return [...sets.values()]
    .filter(({ count, names: own }) => own.size === count)
    .map(({ count, names: own }) => Array.from({ length: count }, (_, i) => own.get(i + 1)))
    .filter((set): set is string[] => set.length > 0 && !set.includes(undefined));
}

/** What is said of a complete set without an index. */
export function noIndex(shards: number): string {
  return `There is no index of the shards: all ${shards} files of the set were opened.`;
}

/** The shard of each tensor, in the order of the file. */
function parseIndex(index: ByteSource, bytes: Uint8Array): Map<string, string> {
  const bad = (what: string) => new HeadgateError('bad-index', `${index.name} ${what}.`, INDEX_HINT);
  let root: JsonValue;
  try {
    root = parseStrictJson(bytes, MOST_VALUES);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.rule === 'duplicate-key')
      throw new HeadgateError(
        'duplicate-key',
        `${index.name} has ${quote(error.key ?? '')} twice.`,
        INDEX_HINT,
      );
    if (error.rule === 'utf-8') throw bad('is not UTF-8 text');
    if (error.rule === 'values') throw bad(`has ${error.message}`);
    throw bad(`is not valid JSON: ${error.message} at character ${error.position}`);
  }
  const map = root instanceof Map ? root.get('weight_map') : undefined;
  if (!(map instanceof Map) || map.size === 0) throw bad('has no weight_map');
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of map) {
    if (typeof shard !== 'string') throw bad(`does not name the shard of the tensor ${quote(tensor)}`);
    if (!isMemberName(shard))
      throw new HeadgateError(
        'unsafe-name',
        `${index.name} names the shard ${quote(shard)}, which is not a file inside the folder.`,
        'Do not trust this model: an honest index names files beside it.',
      );
    shardOf.set(tensor, shard);
  }
  return shardOf;
}

async function openShard(folder: ModelFolder, index: ByteSource, name: string): Promise<ByteSource> {
  const shard = await folder.file(name);
  if (shard === null) throw missingShard(folder, index, name);
  return shard;
}

function missingShard(folder: ModelFolder, index: ByteSource, name: string): HeadgateError {
  const ending = name.slice(name.lastIndexOf('.'));
  const there = folder.names.filter((other) => /-\d{5}-of-\d{5}\.\w+$/.test(other) && other.endsWith(ending));
  const what =
    there.length === 0
      ? ''
      : `; there ${there.length === 1 ? 'is' : 'are'} ${there.slice(0, 3).map(quote).join(', ')}${there.length > 3 ? ` and ${there.length - 3} more` : ''}`;
  return new HeadgateError(
    'missing-shard',
    `${index.name} names the shard ${quote(name)}, which is not in the folder${what}.`,
    'Copy or download the missing file into the folder.',
  );
}
