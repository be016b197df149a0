/** Reads `pytorch_model.bin.index.json`, which says in which shard each tensor is; it is held against the shards. */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { ModelFolder, StoredModel, StoredTensor } from '../format.ts';
import { checkAgainstIndex, openShards, readIndex } from '../safetensors/shards.ts';

/** @throws HeadgateError naming the index or the shard, the tensor and the rule. */
export async function readTorchIndex(
  folder: ModelFolder,
  index: ByteSource,
  read: (shard: ByteSource) => Promise<StoredModel>,
): Promise<StoredModel> {
  const shardOf = await readIndex(index);
  const { shards, stale } = await openShards(folder, index, shardOf);
  const tensors = new Map<string, StoredTensor>();
  const holders = new Map<string, string>();
  const files = new Map<string, ByteSource>([[index.name, index]]);
  const notes = new Set<string>(stale === null ? [] : [stale.note]);
  // One after another: a pickle is read whole.
  for (const shard of shards) {
    const stored = await read(shard);
    for (const [name, source] of stored.files) files.set(name, source);
    for (const note of stored.notes ?? []) notes.add(note);
    for (const tensor of stored.tensors) {
      const other = holders.get(tensor.name);
      if (other !== undefined)
        throw new HeadgateError(
          'duplicate-tensor',
          `The tensor ${quote(tensor.name)} is in both ${other} and ${shard.name}.`,
          'Save the model again: each tensor belongs in one shard.',
        );
      holders.set(tensor.name, shard.name);
      tensors.set(tensor.name, tensor);
    }
  }
  checkAgainstIndex(index, shardOf, holders, stale);
  return { files, tensors: [...tensors.values()], notes: [...notes] };
}
