import type { ModelDetail } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import { HeadgateError } from '../../../common/error.ts';
import type { WeightSource } from '../../models/weights.ts';
import { fileSource } from './weight-source.ts';

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

/** As the contract has it: more is no model's folder. */
const MOST_FILES = 4096;

/**
 * Lets the host's parsers read a dropped folder: they name the bytes that they need, these are sent, until they have
 * the model. In the answer, file ids are indices into `dropped.files`.
 * @throws HeadgateError of the host's parsers; the signal's reason when aborted. The host forgets the drop then.
 */
export async function readDropped(
  api: Pick<Api, 'beginDrop' | 'sendDropBytes' | 'endDrop'>,
  { name, files }: Dropped,
  signal: AbortSignal,
): Promise<ModelDetail> {
  if (files.length === 0)
    throw new HeadgateError(
      'empty-drop',
      `There are no files in ${name}.`,
      'Drop a model’s folder: config.json, *.safetensors, tokenizer.json.',
    );
  if (files.length > MOST_FILES)
    throw new HeadgateError(
      'too-many-files',
      `${name} holds ${files.length} files, more than ${MOST_FILES}.`,
      'Drop the folder of one model.',
    );
  let reply = await api.beginDrop({
    name,
    files: files.map((entry) => ({ name: entry.name, size: entry.file.size })),
  });
  try {
    while (reply.model === null) {
      signal.throwIfAborted();
      const next = reply.need[0];
      const file = files[next?.index ?? -1]?.file;
      if (next === undefined || file === undefined)
        throw new HeadgateError(
          'drop-stalled',
          `The host could not say what it needs of ${name}.`,
          'Please report this.',
        );
      const bytes = file.slice(next.offset, next.offset + next.length);
      reply = await api.sendDropBytes(reply.id, next.index, next.offset, bytes);
    }
    signal.throwIfAborted();
    return reply.model;
  } catch (error) {
    // The first error is the one to tell.
    await api.endDrop(reply.id).catch(() => undefined);
    throw error;
  }
}

/** The model of a dropped folder, its tensors read from the dropped files. @throws as `readDropped`. */
export async function droppedSource(
  api: Parameters<typeof readDropped>[0],
  dropped: Dropped,
  signal: AbortSignal,
): Promise<WeightSource> {
  const detail = await readDropped(api, dropped, signal);
  return fileSource(
    detail,
    dropped.files.map(({ file }) => file),
  );
}
