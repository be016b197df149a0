import { allSettled } from '../../error.ts';
import { fileIn, onlyOne } from '../folder-files.ts';
import type { Format, ModelFolder, StoredModel } from '../format.ts';
import { completeSets, noIndex, readSafetensorsIndex, readSafetensorsShards } from './shards.ts';
import { readSafetensors } from './file.ts';

const EXTENSION = '.safetensors';
const INDEX_EXTENSION = '.safetensors.index.json';
/** Reference outputs of an export (docs/custom-models.md), not weights. */
const GOLDEN = 'golden.safetensors';

/** Hugging Face's layout: one file of weights, or shards with an index. */
export const format: Format = {
  id: 'safetensors',
  rank: 0,

  async claims(folder, wanted) {
    if (wanted !== null)
      return wanted.endsWith(EXTENSION) || wanted.endsWith(INDEX_EXTENSION) ? wanted : null;
    const indexes = folder.names.filter((name) => name.endsWith(INDEX_EXTENSION));
    const files = folder.names.filter((name) => name.endsWith(EXTENSION) && name !== GOLDEN);
    for (const usual of [`model${EXTENSION}`, `model${INDEX_EXTENSION}`])
      if (folder.names.includes(usual)) return usual;
    const [set, ...others] = completeSets(folder.names, EXTENSION);
    if (indexes.length === 0 && set !== undefined && others.length === 0) return set[0] ?? null;
    const hint = 'Open the file itself, or add the index that belongs to the shards.';
    return onlyOne(folder, indexes, hint) ?? onlyOne(folder, files, hint);
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    if (entry.endsWith(INDEX_EXTENSION)) return readSafetensorsIndex(folder, source);
    const set = completeSets(folder.names, EXTENSION).find(
      (names) => names.length > 1 && names.includes(entry),
    );
    if (set !== undefined) return readSet(folder, set);
    const { tensors, metadata } = await readSafetensors(source);
    return { files: new Map([[source.name, source]]), tensors, metadata };
  },
};

/** Shards that no index belongs to. */
async function readSet(folder: ModelFolder, names: readonly string[]): Promise<StoredModel> {
  const shards = (await allSettled(names.map((name) => folder.file(name)))).filter((file) => file !== null);
  const { tensors, metadata } = await readSafetensorsShards(shards);
  return {
    files: new Map(shards.map((source) => [source.name, source])),
    tensors: [...tensors.values()],
    metadata,
    notes: [noIndex(names.length)],
  };
}
