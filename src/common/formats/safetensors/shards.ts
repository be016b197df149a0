/**
 * Reads `model.safetensors.index.json`, which says in which shard each tensor is. It is a stranger's text: shard names
 * may not lead out of the folder, and what it says is held against the shards themselves.
 */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, allSettled, quote } from '../../error.ts';
import type { ModelFolder, StoredTensor, StoredModel } from '../format.ts';
import { isMemberName } from '../member-name.ts';
import { readSafetensors } from './file.ts';
import { JsonError, parseStrictJson, type JsonValue } from '../../strict-json.ts';

/** Bytes; the largest models have some thousands of tensors, about 100 bytes each. */
const MAX_INDEX = 64 * 1024 * 1024;
const MAX_SHARDS = 4096;

const INDEX_HINT = 'The index is damaged or was written wrongly: save the model again.';

/** @throws HeadgateError naming the index or the shard, the tensor and the rule. */
export async function readSafetensorsIndex(folder: ModelFolder, index: ByteSource): Promise<StoredModel> {
  const shardOf = await readIndex(index);
  const shards = await openShards(folder, index, shardOf);
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
  for (const [name, shard] of shardOf)
    if (tensors.get(name)?.file !== shard)
      throw new HeadgateError(
        'tensor-not-in-shard',
        `${index.name} says that the tensor ${quote(name)} is in ${shard}, but that file does not have it.`,
        'The index and the shards do not belong together: copy or download all of them again.',
      );
  return {
    files: new Map([index, ...shards].map((source) => [source.name, source])),
    tensors: [...tensors.values()],
    metadata: new Map(headers.flatMap(({ metadata }) => [...metadata])),
  };
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

/** The files that an index names. @throws HeadgateError `bad-index` for too many, `missing-shard` */
export async function openShards(
  folder: ModelFolder,
  index: ByteSource,
  shardOf: ReadonlyMap<string, string>,
): Promise<ByteSource[]> {
  const names = [...new Set(shardOf.values())];
  if (names.length > MAX_SHARDS)
    throw new HeadgateError(
      'bad-index',
      `${index.name} names ${names.length} shards; the limit is ${MAX_SHARDS}.`,
      INDEX_HINT,
    );
  return allSettled(names.map((name) => openShard(folder, index, name)));
}

/** The shard of each tensor, in the order of the file. */
function parseIndex(index: ByteSource, bytes: Uint8Array): Map<string, string> {
  const bad = (what: string) => new HeadgateError('bad-index', `${index.name} ${what}.`, INDEX_HINT);
  let root: JsonValue;
  try {
    root = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof JsonError && error.rule === 'duplicate-key')
      throw new HeadgateError(
        'duplicate-key',
        `${index.name} has ${quote(error.key ?? '')} twice.`,
        INDEX_HINT,
      );
    if (error instanceof JsonError)
      throw bad(`is not valid JSON: ${error.message} at character ${error.position}`);
    throw bad('is not UTF-8 text');
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
  if (shard === null)
    throw new HeadgateError(
      'missing-shard',
      `${index.name} names the shard ${quote(name)}, which is not in the folder.`,
      'Copy or download the missing file into the folder.',
    );
  return shard;
}
