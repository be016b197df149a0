/**
 * A file that is written beside its target and takes its place in one step, or leaves nothing: also when the process
 * ends in the middle (an exit or an unhandled error; after a kill a later start removes it, see leftovers.ts).
 */
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { noteLeftover } from './leftovers.ts';

const unfinished = new Set<string>();

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path);
    } catch {
      // It is gone already, or the disk is: the process ends and nobody is left to tell.
    }
  }
}

export class AtomicFile {
  private constructor(
    private readonly target: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
    private readonly unnote: () => void,
  ) {}

  /** @throws the system's error when the folder of the target can't be written. */
  static async create(target: string): Promise<AtomicFile> {
    // Not made of the target's name, which may be as long as the disk allows.
    const name = `.headgate-${randomBytes(6).toString('hex')}.tmp`;
    const temporary = join(dirname(target), name);
    const unnote = noteLeftover(temporary);
    const handle = await open(temporary, 'wx').catch((error: unknown) => {
      unnote();
      throw error;
    });
    if (unfinished.size === 0) process.on('exit', removeUnfinished);
    unfinished.add(temporary);
    return new AtomicFile(target, temporary, handle, unnote);
  }

  /** Writes all the bytes at an offset. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    let done = 0;
    while (done < bytes.length)
      done += (await this.handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }

  /**
   * Puts the file in its place.
   * @param overwrite false: throws the system's `EEXIST` when something took the place meanwhile.
   */
  async commit(overwrite: boolean): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      if (overwrite) await rename(this.temporary, this.target);
      else await this.linkNew();
      this.forget();
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    if (!unfinished.has(this.temporary)) return;
    await this.handle.close().catch(() => undefined);
    await unlink(this.temporary).catch(() => undefined);
    this.forget();
  }

  /** Unlike a rename, a hard link never replaces; where the disk has none, a placeholder takes the name first. */
  private async linkNew(): Promise<void> {
    try {
      await link(this.temporary, this.target);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw error;
      const placeholder = await open(this.target, 'wx');
      await placeholder.close();
      await rename(this.temporary, this.target);
      return;
    }
    await unlink(this.temporary);
  }

  private forget(): void {
    this.unnote();
    unfinished.delete(this.temporary);
    if (unfinished.size === 0) process.off('exit', removeUnfinished);
  }
}

/** Replaces a file's whole content in one step. */
export async function writeAtomically(target: string, content: string): Promise<void> {
  const file = await AtomicFile.create(target);
  try {
    await file.write(new TextEncoder().encode(content), 0);
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.commit(true);
}
