/**
 * A folder that the user granted. Nothing outside of it is read: names are checked before they are joined to a path,
 * and links are followed only as far as they stay inside.
 */
import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { isMemberName } from '../../common/formats/member-name.ts';
import type { ByteSource } from '../../common/byte-source.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import { FileSource } from './file-source.ts';
import { kindOf } from './kind-of.ts';
import { pathError } from './system-error.ts';

export class GrantedFolder {
  private constructor(
    /** Real path of the folder. */
    readonly path: string,
    /** What users call it. */
    readonly name: string,
    /** Real paths that links may lead into: the folder itself, and the blobs of a Hugging Face cache. */
    private readonly roots: readonly string[],
    readonly names: readonly string[],
  ) {}

  /**
   * @param path an existing folder
   * @throws HeadgateError `not-found`, `not-a-folder` or `unreadable`.
   */
  static async at(path: string): Promise<GrantedFolder> {
    const real = await realFolder(path);
    const names = await readdir(real).catch((cause: unknown) => {
      throw pathError(path, cause);
    });
    const cache = await cacheFolder(real);
    return new GrantedFolder(
      real,
      cache?.name ?? (folderName(real) || real),
      cache === null ? [real] : [real, cache.blobs],
      names.sort(),
    );
  }

  /**
   * A file inside the folder; null when there is none.
   * @throws HeadgateError `unsafe-name` when the name or a link leads outside.
   */
  async file(name: string): Promise<ByteSource | null> {
    if (!isMemberName(name)) throw outside(this.name, name);
    const real = await realpath(join(this.path, name)).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw pathError(name, error);
    });
    if (real === null) return null;
    if (!this.roots.some((root) => isInside(root, real))) throw outside(this.name, name);
    return FileSource.at(real, name);
  }
}

/** Opaque and the same at every start: what a path is called outside of the host. */
export function opaqueId(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** True when a real path is below a real folder. */
export function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** True for the errors of a path that leads nowhere. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function realFolder(path: string): Promise<string> {
  const real = await realpath(path).catch((cause: unknown) => {
    if (!isMissing(cause)) throw pathError(path, cause);
    throw new HeadgateError(
      'not-found',
      `There is no folder ${quote(path)}.`,
      'Check the path; a relative one starts at the current folder.',
      { cause },
    );
  });
  const stats = await stat(real);
  if (!stats.isDirectory())
    throw new HeadgateError(
      'not-a-folder',
      `${quote(basename(path) || path)} is ${kindOf(stats)}, not a folder.`,
      'Open the folder that holds the model.',
    );
  return real;
}

/**
 * Hugging Face's cache keeps a model as `models--ORG--NAME/snapshots/REVISION`, a folder of links into
 * `models--ORG--NAME/blobs`.
 */
async function cacheFolder(real: string): Promise<{ name: string; blobs: string } | null> {
  const snapshots = dirname(real);
  const repository = dirname(snapshots);
  const match = /^models--(.+)$/.exec(basename(repository));
  if (basename(snapshots) !== 'snapshots' || match?.[1] === undefined) return null;
  const blobs = join(repository, 'blobs');
  // Blobs that are a link themselves lead elsewhere, so they are not followed.
  const isReal = (await realpath(blobs).catch(() => null)) === blobs;
  return isReal ? { name: match[1].split('--').join('/'), blobs } : null;
}

/** What a folder is called: a Trainer's checkpoints have their run's name before them, as all runs have such folders. */
function folderName(path: string): string {
  const name = basename(path);
  return /^checkpoint-\d+$/.test(name) ? `${basename(dirname(path))}/${name}` : name;
}

function outside(folder: string, name: string): HeadgateError {
  return new HeadgateError(
    'unsafe-name',
    `${quote(name)} leads out of the folder ${quote(folder)}.`,
    'Put the file itself into the folder.',
  );
}
