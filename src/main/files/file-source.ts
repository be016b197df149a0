import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { ByteSource } from '../../common/byte-source.ts';
import { HeadgateError } from '../../common/error.ts';
import { pathError } from './system-error.ts';

/** What tells that a file is still the one that was opened. */
interface Identity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
}

// A link or a pipe that took the file's place must neither be followed nor waited for.
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The bytes of a file on a disk. It is opened anew for each read, so that nothing has to be closed. */
export class FileSource implements ByteSource {
  private constructor(
    readonly name: string,
    readonly size: number,
    /** Real path, without links. */
    private readonly path: string,
    private readonly identity: Identity,
  ) {}

  /**
   * @param path a real path: no part of it is a link
   * @param name what errors call the file
   * @throws HeadgateError `unreadable` when it is no regular file or can't be looked at.
   */
  static async at(path: string, name: string): Promise<FileSource> {
    const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
      throw pathError(name, error);
    });
    if (!stats.isFile())
      throw new HeadgateError(
        'unreadable',
        `${name} is not a regular file.`,
        'Open a folder of ordinary files.',
      );
    const identity = { device: stats.dev, inode: stats.ino, size: stats.size, modified: stats.mtimeNs };
    return new FileSource(name, Number(stats.size), path, identity);
  }

  get version(): string {
    const { device, inode, size, modified } = this.identity;
    return [device, inode, size, modified].join('-');
  }

  async read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(begin >= 0 && begin <= end && end <= this.size))
      throw new RangeError(`bytes [${begin}, ${end}) of ${this.name}, which has ${this.size}`);
    const handle = await open(this.path, READ_ONLY).catch((error: unknown) => {
      throw pathError(this.name, error);
    });
    try {
      const stats = await handle.stat({ bigint: true });
      const { device, inode, size, modified } = this.identity;
      const same =
        stats.dev === device && stats.ino === inode && stats.size === size && stats.mtimeNs === modified;
      if (!same) throw changed(this.name);
      const bytes = new Uint8Array(end - begin);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
        if (bytesRead === 0) throw changed(this.name);
        done += bytesRead;
      }
      return bytes;
    } catch (error) {
      throw error instanceof HeadgateError ? error : pathError(this.name, error);
    } finally {
      await handle.close();
    }
  }
}

function changed(name: string): HeadgateError {
  return new HeadgateError(
    'file-changed',
    `${name} has changed since it was opened.`,
    'Open the model again.',
  );
}
