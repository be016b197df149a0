import type { ByteSource } from '../../../common/byte-source.ts';
import { HeadgateError, quote } from '../../../common/error.ts';
import type { ModelFolder } from '../../../common/formats/format.ts';
import { isMemberName } from '../../../common/formats/member-name.ts';
import { readModel } from '../../../common/read-model.ts';
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
  const { name, files } = dropped;
  if (files.length === 0)
    throw new HeadgateError(
      'empty-drop',
      `There are no files in ${quote(name)}.`,
      'Drop a model’s folder: config.json, *.safetensors, tokenizer.json.',
    );
  if (files.length > MOST_FILES)
    throw new HeadgateError(
      'too-many-files',
      `${quote(name)} holds ${files.length} files, more than ${MOST_FILES}.`,
      'Drop the folder of one model.',
    );
  const fileIds = new Map<string, string>();
  const idOf = (file: string) => {
    const id = fileIds.get(file) ?? String(fileIds.size);
    fileIds.set(file, id);
    return id;
  };
  const [only] = files;
  const { detail, files: sources } = await readModel(folderOf(dropped), {
    id: `dropped-${++drops}`,
    source: 'dropped',
    wanted: files.length === 1 ? (only?.name ?? null) : null,
    fileId: idOf,
  });
  signal.throwIfAborted();
  return byteSource(detail, sources);
}

/** Dropped files as a model's folder. @throws HeadgateError `unsafe-name` */
function folderOf({ name, files }: Dropped): ModelFolder {
  const byName = new Map(files.map((entry) => [entry.name, entry.file]));
  const unsafe = files.find((entry) => !isMemberName(entry.name));
  if (unsafe !== undefined)
    throw new HeadgateError(
      'unsafe-name',
      `${quote(unsafe.name)} is not a name inside a folder.`,
      'Drop the folder on the window again.',
    );
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
