/** The sessions that are kept by name, and the window as it was last: texts that only the page understands. */
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';
import type { SessionSummary } from '../../common/contract.ts';
import { writeAtomically } from '../files/atomic-file.ts';
import { isMissing } from '../files/grant.ts';
import { pathError } from '../files/system-error.ts';

/** Bytes of the largest session. */
export const MAX_SESSION = 16 * 1024 * 1024;
const ENDING = '.headgate';

export class Sessions {
  readonly #folder: string;
  readonly #window: string;
  readonly #marker: string;

  /** @param folder the folder of settings */
  constructor(
    folder: string,
    /** A file that was named at the start; null: none. */
    private readonly named: string | null,
  ) {
    this.#folder = join(folder, 'sessions');
    this.#window = join(folder, `window${ENDING}`);
    this.#marker = join(folder, 'window.restoring');
  }

  /** The kept ones, last saved first. */
  async list(): Promise<SessionSummary[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw pathError(this.#folder, error);
    });
    const ids = names.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
    const listed = await Promise.all(
      ids.map(async (id) => {
        const stats = await stat(this.#path(id)).catch(() => null);
        return stats === null ? [] : [{ id, saved: Math.round(stats.mtimeMs) }];
      }),
    );
    return listed.flat().sort((a, b) => b.saved - a.saved);
  }

  /** @throws HeadgateError `not-found`, `unreadable`, `too-large` */
  async read(id: string): Promise<string> {
    const text = await readText(this.#path(id));
    if (text === null)
      throw new HeadgateError('not-found', `There is no session ${quote(id)}.`, 'Choose one from the list.');
    return text;
  }

  /** Keeps a session under a name, in the place of one of the same name. */
  async save(id: string, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeText(this.#path(id), text);
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  /** The session that was named at the start; null: none was. @throws as `read` */
  async readNamed(): Promise<string | null> {
    return this.named === null ? null : readText(this.named);
  }

  /**
   * The window as it was last; null: it was never kept.
   * @throws HeadgateError `unreadable`, `too-large`
   */
  readWindow(): Promise<string | null> {
    return readText(this.#window);
  }

  /** The window as it was last becomes a session of its own, since this start does not bring it back. */
  async keepPrevious(): Promise<void> {
    const text = await this.readWindow().catch(() => null);
    if (text !== null) await this.save('previous-window', text).catch(() => undefined);
  }

  async saveWindow(text: string): Promise<void> {
    await mkdir(join(this.#window, '..'), { recursive: true });
    await writeText(this.#window, text);
  }

  /** Keeps a window that can't be used beside the next one, as `window.headgate.broken`. */
  async setWindowAside(): Promise<void> {
    await rename(this.#window, `${this.#window}.broken`).catch((error: unknown) => {
      if (!isMissing(error)) throw pathError(this.#window, error);
    });
  }

  /** Whether a window was being restored when the page or the program ended. */
  async isRestoring(): Promise<boolean> {
    return (await stat(this.#marker).catch(() => null)) !== null;
  }

  /** The page begins to restore the window, or has done so. */
  async setRestoring(restoring: boolean): Promise<void> {
    if (restoring) {
      await mkdir(join(this.#marker, '..'), { recursive: true });
      await writeText(this.#marker, '');
    } else await rm(this.#marker, { force: true });
  }

  #path(id: string): string {
    return join(this.#folder, id + ENDING);
  }
}

/** A session's text; null: there is no such file. @throws HeadgateError `unreadable`, `too-large` */
export async function readText(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > MAX_SESSION)
      throw new HeadgateError(
        'too-large',
        `${quote(path)} has ${size} bytes; a session has ${MAX_SESSION} at most.`,
        'Open a session that Headgate saved.',
      );
    return (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof HeadgateError) throw error;
    throw pathError(path, error);
  }
}

/** Writes a session's text, whole or not at all. @throws HeadgateError that names the file */
export async function writeText(path: string, text: string): Promise<void> {
  await writeAtomically(path, text).catch((error: unknown) => {
    throw pathError(path, error);
  });
}
