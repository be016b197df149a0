/** Models in several files: `name-00001-of-00003.gguf`, as llama-gguf-split writes them. */
import { HeadgateError, allSettled, quote } from '../../error.ts';
import type { ModelFolder } from '../format.ts';
import { readGguf, type GgufFile } from './file.ts';

const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;
const MOST_PARTS = 4096;

/** The first part of the model that a file belongs to: itself, where it is no part. */
export function firstPart(name: string): string {
  const [, stem, , count] = PART.exec(name) ?? [];
  return stem === undefined ? name : `${stem}-00001-of-${count ?? ''}.gguf`;
}

/** @throws HeadgateError `missing-part` naming it, or what is wrong with one. */
export async function readParts(folder: ModelFolder, entry: string): Promise<readonly GgufFile[]> {
  const [, stem, , count = '1'] = PART.exec(entry) ?? [];
  if (Number(count) < 1 || Number(count) > MOST_PARTS)
    throw new HeadgateError(
      'bad-parts',
      `${quote(entry)} is one of ${Number(count)} parts by its name; the limit is ${MOST_PARTS}.`,
      'Check the name of the file.',
    );
  const names =
    stem === undefined
      ? [entry]
      : Array.from(
          { length: Number(count) },
          (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}.gguf`,
        );
  const parts = await allSettled(names.map((name) => open(folder, name, names.length)));
  const [first] = parts;
  const told = first?.metadata.get('split.count');
  if (first !== undefined && typeof told === 'number' && told > 1 && told !== parts.length)
    throw new HeadgateError(
      'missing-part',
      `${first.source.name} is one of ${told} parts of a model, but its name tells ${stem === undefined ? 'none' : parts.length}.`,
      'Give the parts the names that they had: name-00001-of-0000N.gguf, all in one folder.',
    );
  return parts;
}

async function open(folder: ModelFolder, name: string, count: number): Promise<GgufFile> {
  const source = await folder.file(name);
  if (source === null)
    throw count === 1
      ? new HeadgateError(
          'not-found',
          `${folder.name} has no file ${quote(name)} any more.`,
          'Open it again.',
        )
      : new HeadgateError(
          'missing-part',
          `The model is in ${count} parts, and ${quote(name)} is not in the folder.`,
          'Download the missing part into the same folder.',
        );
  return readGguf(source);
}
