/** Whether a file can be written, found out before the work that would be lost. */
import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';
import { AtomicFile } from './atomic-file.ts';
import { isMissing } from './grant.ts';
import { kindOf } from './kind-of.ts';
import { pathError } from './system-error.ts';

const HINT = 'Name a file: one that is not there yet, or one to be replaced with --force.';

/**
 * @param out as the user gave it; a relative path starts at the current folder
 * @param overwrite whether a file that is there may be replaced
 * @throws HeadgateError `unwritable` or `exists`, and says what is there instead of a file
 */
export async function checkTarget(out: string, overwrite: boolean): Promise<void> {
  const target = resolve(out);
  const refuse = (what: string) =>
    new HeadgateError('unwritable', `${quote(basename(target) || target)} ${what}.`, HINT);
  const folder = dirname(target);
  const parent = await stat(folder).catch((error: unknown) => {
    throw pathError(folder, error, 'written');
  });
  if (!parent.isDirectory())
    throw new HeadgateError(
      'unwritable',
      `${quote(basename(folder) || folder)} is not a folder, so nothing can be written into it.`,
      HINT,
    );
  const existing = await lstat(target).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw pathError(target, error, 'written');
  });
  if (existing === null && /[\\/]$/.test(out)) throw refuse('is the name of a folder');
  if (existing !== null && !existing.isFile()) throw refuse(`is ${kindOf(existing)}, not a file`);
  if (existing !== null && !overwrite) throw fileExists(target);
  // Permissions, read-only disks and paths that are too long show when a file is made.
  const trial = await AtomicFile.create(target).catch((error: unknown) => {
    throw pathError(target, error, 'written');
  });
  await trial.discard();
}

/** The error of a target that is there already. */
function fileExists(target: string): HeadgateError {
  return new HeadgateError(
    'exists',
    `${quote(target)} exists already.`,
    'Name another file, or add --force.',
  );
}

/**
 * Puts a finished file into its place.
 * @throws HeadgateError `exists` when another program has made one meanwhile, `unwritable`
 */
export async function commit(file: AtomicFile, target: string, overwrite: boolean): Promise<void> {
  try {
    await file.commit(overwrite);
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw exists ? fileExists(target) : pathError(target, cause, 'written');
  }
}
