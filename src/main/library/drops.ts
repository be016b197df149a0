/** Folders that were dropped on a window: the host asks for the bytes that its readers need, and answers with the model. */
import { randomUUID } from 'node:crypto';
import { MAX_RANGE, type DropReply, type DropRequest } from '../../common/contract.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import type { ModelFolder } from '../../common/formats/format.ts';
import { isMemberName } from '../../common/formats/member-name.ts';
import { readModel } from './read-model.ts';
import { NeedBytes, SparseSource } from './sparse-source.ts';

/** Unfinished drops that are kept; the oldest goes first. */
const MAX_DROPS = 8;
/** Bytes of headers and configs that one drop may take. */
const MAX_BYTES = 256 * 1024 * 1024;

interface Drop {
  readonly id: string;
  readonly folder: ModelFolder;
  readonly sources: readonly SparseSource[];
  received: number;
}

export class Drops {
  private readonly unfinished = new Map<string, Drop>();

  /**
   * @throws HeadgateError `unsafe-name`, `bad-request`, or what is wrong with the folder.
   */
  async begin(request: DropRequest): Promise<DropReply> {
    const drop = newDrop(request);
    const [oldest] = this.unfinished.keys();
    if (oldest !== undefined && this.unfinished.size >= MAX_DROPS) this.unfinished.delete(oldest);
    this.unfinished.set(drop.id, drop);
    return this.advance(drop);
  }

  /**
   * Takes bytes that a reply asked for. The last of them answers with the model, or with a further need.
   * @throws HeadgateError `not-found`, `bad-range`, or what is wrong with the folder, which ends the drop.
   */
  async put(id: string, index: number, offset: number, bytes: Uint8Array): Promise<DropReply> {
    const drop = this.unfinished.get(id);
    if (drop === undefined)
      throw new HeadgateError('not-found', 'There is no such drop.', 'Drop the folder on the window again.');
    if (drop.sources[index]?.fill(offset, bytes) !== true)
      throw new HeadgateError(
        'bad-range',
        `Bytes from ${offset} on of file ${index} were not asked for.`,
        'Drop the folder on the window again.',
      );
    drop.received += bytes.length;
    const need = needOf(drop);
    return need.length > 0 ? { id, need, model: null } : this.advance(drop);
  }

  /** Forgets a drop; one that is not there is forgotten already. */
  cancel(id: string): void {
    this.unfinished.delete(id);
  }

  private async advance(drop: Drop): Promise<DropReply> {
    const { id, folder, sources } = drop;
    try {
      const indexOf = new Map(sources.map((source, index) => [source.name, String(index)]));
      const { detail } = await readModel(folder, {
        id,
        source: 'dropped',
        wanted: null,
        fileId: (name) => indexOf.get(name) ?? '',
      });
      this.unfinished.delete(id);
      return { id, need: [], model: detail };
    } catch (error) {
      if (!(error instanceof NeedBytes)) {
        this.unfinished.delete(id);
        throw error;
      }
      const wanted = sources.flatMap((source) => source.needed);
      const bytes = wanted.reduce((sum, { begin, end }) => sum + end - begin, drop.received);
      if (bytes > MAX_BYTES) {
        this.unfinished.delete(id);
        throw new HeadgateError(
          'too-large',
          `The headers of ${quote(folder.name)} take more than ${MAX_BYTES} bytes.`,
          'Open the folder with the dialog, or name it when you start Headgate.',
        );
      }
      return { id, need: needOf(drop), model: null };
    }
  }
}

function newDrop({ name, files }: DropRequest): Drop {
  const sources = files.map((file) => new SparseSource(file.name, file.size));
  const byName = new Map(sources.map((source) => [source.name, source]));
  const unsafe = files.find((file) => !isMemberName(file.name));
  if (unsafe !== undefined)
    throw new HeadgateError(
      'unsafe-name',
      `${quote(unsafe.name)} is not a name inside a folder.`,
      'Drop the folder on the window again.',
    );
  if (byName.size < files.length)
    throw new HeadgateError('bad-request', 'A dropped file is named twice.', 'Drop the folder again.');
  const folder: ModelFolder = {
    name,
    names: files.map((file) => file.name).filter((file) => !file.includes('/')),
    file: (member) => Promise.resolve(byName.get(member) ?? null),
  };
  return { id: randomUUID(), folder, sources, received: 0 };
}

/** What the drop waits for, in pieces that fit into one request. */
function needOf(drop: Drop): DropReply['need'] {
  return drop.sources.flatMap((source, index) =>
    source.needed.flatMap(({ begin, end }) => {
      const pieces = [];
      for (let offset = begin; offset < end; offset += MAX_RANGE)
        pieces.push({ index, offset, length: Math.min(MAX_RANGE, end - offset) });
      return pieces;
    }),
  );
}
