/** Sessions in files of the user's choice, by the host's own dialogs: what was chosen there may be written again. */
import { basename } from 'node:path';
import type { SessionFile } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { opaqueId } from '../files/grant.ts';
import { readText, writeText } from './sessions.ts';

/** The host's dialogs; each gives a path, null when it was closed. */
export interface SessionDialogs {
  open(): Promise<string | null>;
  /** @param name that is proposed */
  save(name: string): Promise<string | null>;
}

export class SessionFiles {
  /** Paths that the user chose, by the ids that the page knows. */
  readonly #chosen = new Map<string, string>();

  constructor(private readonly dialogs: SessionDialogs) {}

  /** Lets the user choose a session. @throws HeadgateError `not-found`, `unreadable`, `too-large` */
  async open(): Promise<(SessionFile & { readonly text: string }) | null> {
    const path = await this.dialogs.open();
    if (path === null) return null;
    const text = await readText(path);
    if (text === null)
      throw new HeadgateError('not-found', `There is no file ${basename(path)}.`, 'Choose another one.');
    return { ...this.#choose(path), text };
  }

  /** Lets the user choose where a session is written. @throws HeadgateError `unwritable` and its like */
  async saveAs(name: string, text: string): Promise<SessionFile | null> {
    const path = await this.dialogs.save(name);
    if (path === null) return null;
    const whole = /\.headgate$/i.test(path) ? path : `${path}.headgate`;
    await writeText(whole, text);
    return this.#choose(whole);
  }

  /** Writes a session to the file that it was opened from or saved as. @throws HeadgateError `not-found` and as `saveAs` */
  async save(id: string, text: string): Promise<void> {
    const path = this.#chosen.get(id);
    if (path === undefined)
      throw new HeadgateError('not-found', 'The session has no file yet.', 'Save it as a file first.');
    await writeText(path, text);
  }

  #choose(path: string): SessionFile {
    const id = opaqueId(path);
    this.#chosen.set(id, path);
    return { id, name: basename(path) };
  }
}
