import { HeadgateError, quote } from '../../error.ts';
import type { Format, ModelFolder } from '../format.ts';
import { readSafetensorsIndex } from './shards.ts';
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
    return only(folder, indexes) ?? only(folder, files);
  },

  async read(folder, entry) {
    const source = await folder.file(entry);
    if (source === null)
      throw new HeadgateError(
        'not-found',
        `${folder.name} has no file ${quote(entry)} any more.`,
        'Open the folder again.',
      );
    if (entry.endsWith(INDEX_EXTENSION)) return readSafetensorsIndex(folder, source);
    const { tensors, metadata } = await readSafetensors(source);
    return { files: new Map([[source.name, source]]), tensors, metadata };
  },
};

function only(folder: ModelFolder, names: readonly string[]): string | null {
  if (names.length > 1)
    throw new HeadgateError(
      'ambiguous-weights',
      `${folder.name} holds ${quote(names[0] ?? '')}, ${quote(names[1] ?? '')}${names.length > 2 ? ' and more' : ''}, and nothing says which of them is the model.`,
      'Open the file itself, or add the index that belongs to the shards.',
    );
  return names[0] ?? null;
}
