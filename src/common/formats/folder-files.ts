/** What formats ask of a folder: the one file that is meant, and a file that was there a moment ago. */
import type { ByteSource } from '../byte-source.ts';
import { HeadgateError, quote } from '../error.ts';
import { KIND_BYTES, standIn } from '../file-kind.ts';
import type { ModelFolder } from './format.ts';

/**
 * The only one of some files; null: there is none.
 * @throws HeadgateError `ambiguous-weights` that names two of several
 */
export function onlyOne(
  folder: ModelFolder,
  names: readonly string[],
  hint = 'Open the file itself.',
): string | null {
  if (names.length <= 1) return names[0] ?? null;
  const first = names.slice(0, 2).map(quote).join(', ');
  throw new HeadgateError(
    'ambiguous-weights',
    `${folder.name} holds ${first}${names.length > 2 ? ' and more' : ''}, and nothing says which of them is the model.`,
    hint,
  );
}

/** A file that was seen in the folder. @throws HeadgateError `not-found` when it is gone */
export async function fileIn(folder: ModelFolder, name: string): Promise<ByteSource> {
  const source = await folder.file(name);
  if (source !== null) return source;
  if (folder.names.includes(name))
    throw new HeadgateError(
      'broken-link',
      `${quote(name)} stands in ${quote(folder.name)}, but no file is behind it: it is a link to nothing, or was removed.`,
      'Download or copy the model again; of a folder of links, such as one of Hugging Face’s cache, copy what they lead to (cp -rL).',
    );
  throw new HeadgateError(
    'not-found',
    `${folder.name} has no file ${quote(name)} any more.`,
    'Open the folder again.',
  );
}

/**
 * Of files that were not downloaded as they should be.
 * @throws HeadgateError `not-the-file` for a pointer of Git LFS, or a web page
 */
export async function refuseStandIn(source: ByteSource): Promise<void> {
  const kind = standIn(await source.read(0, Math.min(source.size, KIND_BYTES)));
  if (kind !== null)
    throw new HeadgateError('not-the-file', `${quote(source.name)} is ${kind.what}.`, kind.hint);
}
