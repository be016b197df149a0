import type { ByteSource } from '../../../common/byte-source.ts';
import { HeadgateError, quote } from '../../../common/error.ts';
import { withModulesAbove } from '../../../common/configs/sentence-transformers.ts';
import type { ModelFolder } from '../../../common/formats/format.ts';
import { isMemberName } from '../../../common/formats/member-name.ts';
import { readModel } from '../../../common/read-model.ts';
import { modelsInside, offeredSubfolder, type FolderTree } from '../../../common/subfolder.ts';
import type { WeightSource } from '../../models/weights.ts';
import { byteSource } from './weight-source.ts';

/** A file of a folder that was dropped or picked in the window; `name` is its path inside the folder. */
export interface NamedFile {
  readonly name: string;
  readonly file: Blob;
}

/** A folder, or loose files, without a path that the host could read. */
export interface Dropped {
  readonly name: string;
  readonly files: readonly NamedFile[];
}

/** More is no model's folder. */
const MOST_FILES = 4096;

/** Drops are numbered in this window. */
let drops = 0;

/**
 * The model of a dropped folder: read in this window by the same parsers as the host's, and no byte travels.
 * @throws HeadgateError of the parsers, `empty-drop`, `too-many-files`, `unsafe-name`; the signal's reason when aborted.
 */
export async function droppedSource(dropped: Dropped, signal: AbortSignal): Promise<WeightSource> {
  if (dropped.files.length === 0 || isOfLinks(dropped)) throw nothingDropped(dropped);
  const { name, files } = dropped;
  if (files.length > MOST_FILES)
    throw new HeadgateError(
      'too-many-files',
      `${quote(name)} holds ${files.length} files, more than ${MOST_FILES}.`,
      'Drop the folder of one model.',
    );
  const unsafe = files.find((entry) => !isMemberName(entry.name));
  if (unsafe !== undefined)
    throw new HeadgateError(
      'unsafe-name',
      `${quote(unsafe.name)} is not a name inside a folder.`,
      'Drop the folder on the window again.',
    );
  const { folder, path, note } = modelFolder(dropped);
  const fileIds = new Map<string, string>();
  const idOf = (file: string) => {
    const id = fileIds.get(file) ?? String(fileIds.size);
    fileIds.set(file, id);
    return id;
  };
  const [only] = folder.files;
  const whole = await withModulesAbove(folderOf(folder), path === '' ? null : folderOf(dropped), path);
  const { detail, files: sources } = await readModel(whole, {
    id: `dropped-${++drops}`,
    source: 'dropped',
    wanted: folder.files.length === 1 ? (only?.name ?? null) : null,
    fileId: idOf,
    ...(note !== null && { note }),
  });
  signal.throwIfAborted();
  return byteSource(detail, sources);
}

/** The models of a dropped folder that is none itself, where there are several to choose from. */
export function modelsOf(dropped: Dropped): readonly Dropped[] {
  const paths = modelsInside(treeOf(dropped));
  return paths.length < 2 ? [] : paths.map((path) => inside(dropped, path));
}

/** The dropped folder, or the one inside of it that is the model. @throws HeadgateError `choose-subfolder` */
function modelFolder(dropped: Dropped): {
  readonly folder: Dropped;
  /** Of the folder in the dropped one; empty: it is this. */
  readonly path: string;
  readonly note: string | null;
} {
  const offer = offeredSubfolder(treeOf(dropped));
  return offer === null
    ? { folder: dropped, path: '', note: null }
    : { folder: inside(dropped, offer.path), path: offer.path, note: offer.note };
}

function treeOf({ name, files }: Dropped): FolderTree {
  const top = files.map((file) => file.name).filter((file) => !file.includes('/'));
  const folders = new Map<string, string[]>();
  for (const { name: file } of files) {
    const parts = file.split('/');
    const inside = parts.slice(0, -1).join('/');
    if (parts.length === 2 || (parts.length === 3 && parts[0] === 'snapshots'))
      folders.set(inside, [...(folders.get(inside) ?? []), parts.at(-1) ?? '']);
  }
  return { name, files: top, folders, main: null };
}

function inside({ name, files }: Dropped, path: string): Dropped {
  const prefix = `${path}/`;
  const inner = files
    .filter((file) => file.name.startsWith(prefix))
    .map((file) => ({ ...file, name: file.name.slice(prefix.length) }));
  return { name: `${name}/${path}`, files: inner };
}

/** A snapshot of Hugging Face's cache is a folder of links, which browsers leave out of what they hand over. */
function isOfLinks({ name, files }: Dropped): boolean {
  if (name.startsWith('models--')) return !files.some((file) => file.name.startsWith('snapshots/'));
  return files.length === 0 && /^[0-9a-f]{40}$/.test(name);
}

function nothingDropped(dropped: Dropped): HeadgateError {
  if (isOfLinks(dropped))
    return new HeadgateError(
      'dropped-links',
      `${quote(dropped.name)} is of Hugging Face's cache, whose snapshots are links: a browser hands none of them over.`,
      'Name the folder on the command line (headgate FOLDER), or drop a copy with the files themselves (cp -rL).',
    );
  return new HeadgateError(
    'empty-drop',
    `There are no files in ${quote(dropped.name)}.`,
    'Drop a model’s folder: config.json, *.safetensors, tokenizer.json.',
  );
}

/** Dropped files as a model's folder. */
function folderOf({ name, files }: Dropped): ModelFolder {
  const byName = new Map(files.map((entry) => [entry.name, entry.file]));
  return {
    name,
    names: files.map((entry) => entry.name).filter((entry) => !entry.includes('/')),
    file: (member) => {
      const blob = byName.get(member);
      return Promise.resolve(blob === undefined ? null : blobSource(member, blob));
    },
  };
}

/** The bytes of a dropped file. Reading throws HeadgateError `file-gone` for one that moved or changed since. */
function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    async read(begin, end) {
      const bytes = await blob
        .slice(begin, end)
        .arrayBuffer()
        .catch((cause: unknown) => {
          throw lostFile(name, cause);
        });
      if (bytes.byteLength !== end - begin) throw lostFile(name);
      return new Uint8Array(bytes);
    },
  };
}

function lostFile(name: string, cause?: unknown): HeadgateError {
  return new HeadgateError(
    'file-gone',
    `The dropped file ${quote(name)} can no longer be read.`,
    'Files that were dropped on the window must stay where they are: drop the folder again.',
    { cause },
  );
}
