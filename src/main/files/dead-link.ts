import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';

/** What is wrong with a path that is not there, where it is a link; null: it is none. */
export async function deadLink(path: string): Promise<HeadgateError | null> {
  const target = await readlink(path).catch(() => null);
  if (target === null) return null;
  return new HeadgateError(
    'not-found',
    `${quote(basename(path))} is a link to ${quote(target)}, which is not there.`,
    'Name the file or folder itself.',
  );
}
