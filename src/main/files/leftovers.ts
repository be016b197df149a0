/**
 * What a process leaves when it is killed: files that were being written, profiles of browsers. Each is noted in the
 * cache folder while it is there; a later start removes what belongs to no process any more.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { cacheFolder } from '../launch/folders.mjs';
import { isRunning } from '../launch/lock.mjs';

/** The names of what may be removed: nothing else is, whatever a note says. */
const OURS = /^(\.headgate-[0-9a-f]{12}\.tmp|headgate-profile-\w{6})$/;

/** Process ids mean something on their own machine only, and the cache folder may be on several. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NOTE = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{12}$/;

const notesFolder = () => join(cacheFolder(), 'leftovers');

/**
 * Notes a path for as long as it is there. Where no note can be written there is none: the work goes on.
 * @returns takes the note away
 */
export function noteLeftover(path: string): () => void {
  const note = join(notesFolder(), `${MACHINE}-${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(notesFolder(), { recursive: true });
    writeFileSync(note, resolve(path));
  } catch {
    return () => undefined;
  }
  return () => removeQuietly(note);
}

/** Removes what processes of this machine left that have ended. */
export function removeLeftovers(): void {
  for (const name of notes()) {
    const [, machine, pid] = NOTE.exec(name) ?? [];
    if (machine !== MACHINE || isRunning(Number(pid))) continue;
    const note = join(notesFolder(), name);
    const path = contentOf(note);
    if (path !== null && OURS.test(basename(path)) && !removeQuietly(path)) continue;
    removeQuietly(note);
  }
}

function notes(): string[] {
  try {
    return readdirSync(notesFolder());
  } catch {
    return [];
  }
}

function contentOf(note: string): string | null {
  try {
    return readFileSync(note, 'utf8');
  } catch {
    return null;
  }
}

/** True when the path is gone. */
function removeQuietly(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}
