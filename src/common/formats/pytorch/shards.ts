/** Reads `pytorch_model.bin.index.json`, which says in which shard each tensor is; it is held against the shards. */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { fileIn } from '../folder-files.ts';
import type { ModelFolder, StoredModel, StoredTensor } from '../format.ts';
import { checkAgainstIndex, noIndex, openShards, readIndex } from '../safetensors/shards.ts';

/** @throws HeadgateError naming the index or the shard, the tensor and the rule. */
export async function readTorchIndex(
  folder: ModelFolder,
  index: ByteSource,
  read: (shard: ByteSource) => Promise<StoredModel>,
): Promise<StoredModel> {
  const shardOf = await readIndex(index);
  const { shards, stale } = await openShards(folder, index, shardOf);
  const { files, tensors, notes } = await readAll(shards, read);
  const holders = new Map([...tensors].map(([name, { holder }]) => [name, holder]));
  checkAgainstIndex(index, shardOf, holders, stale);
  return {
    files: new Map([[index.name, index], ...files]),
    tensors: [...tensors.values()].map(({ tensor }) => tensor),
    notes: [...(stale === null ? [] : [stale.note]), ...notes],
  };
}

/** Shards that no index belongs to. @throws HeadgateError naming the shard, the tensor and the rule. */
export async function readTorchSet(
  folder: ModelFolder,
  names: readonly string[],
  read: (shard: ByteSource) => Promise<StoredModel>,
): Promise<StoredModel> {
  const shards: ByteSource[] = [];
  for (const name of names) shards.push(await fileIn(folder, name));
  const { files, tensors, notes } = await readAll(shards, read);
  return {
    files,
    tensors: [...tensors.values()].map(({ tensor }) => tensor),
    notes: [noIndex(names.length), ...notes],
  };
}

interface Held {
  readonly tensor: StoredTensor;
  /** The shard that holds it. */
  readonly holder: string;
}

async function readAll(
  shards: readonly ByteSource[],
  read: (shard: ByteSource) => Promise<StoredModel>,
): Promise<{
  readonly files: ReadonlyMap<string, ByteSource>;
  readonly tensors: ReadonlyMap<string, Held>;
  readonly notes: readonly string[];
}> {
  const tensors = new Map<string, Held>();
  const files = new Map<string, ByteSource>();
  const notes = new Set<string>();
  // One after another: a pickle is read whole.
  for (const shard of shards) {
    const stored = await read(shard);
    for (const [name, source] of stored.files) files.set(name, source);
    for (const note of stored.notes ?? []) notes.add(note);
    for (const tensor of stored.tensors) {
      const other = tensors.get(tensor.name);
      if (other !== undefined)
        throw new HeadgateError(
          'duplicate-tensor',
          `The tensor ${quote(tensor.name)} is in both ${other.holder} and ${shard.name}.`,
          'Save the model again: each tensor belongs in one shard.',
        );
      tensors.set(tensor.name, { tensor, holder: shard.name });
    }
  }
  return { files, tensors, notes: [...notes] };
}
