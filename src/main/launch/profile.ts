/** Folders for the browser's own data, apart from the user's. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteLeftover } from '../files/leftovers.ts';
import { cacheFolder } from './folders.mjs';
import { tryLock } from './lock.mjs';

/** A profile in use. */
export interface Profile {
  readonly path: string;
  /** True when it was just made. */
  readonly fresh: boolean;
  /** Gives it back; a temporary one is removed. */
  release(): void;
}

/**
 * The profile that app windows keep between starts (compiled shaders, the window's place), or a temporary one while
 * another window has it.
 */
export function windowProfile(program: string): Profile {
  const path = join(profilesFolder(program) ?? cacheFolder(), 'profile');
  const unlock = tryLock(`${path}.lock`);
  if (unlock === null) return temporaryProfile(program);
  const fresh = !existsSync(path);
  mkdirSync(path, { recursive: true });
  return { path, fresh, release: unlock };
}

/** A profile that is removed on release; after a kill, by a later start. */
export function temporaryProfile(program: string): Profile {
  const folder = profilesFolder(program) ?? tmpdir();
  mkdirSync(folder, { recursive: true });
  const path = mkdtempSync(join(folder, 'headgate-profile-'));
  const unnote = noteLeftover(path);
  return {
    path,
    fresh: true,
    // Chromium's children may still be writing for a moment.
    release: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      unnote();
    },
  };
}

/** A snap sees neither hidden folders of the user nor the system's folder for temporary files, only its own folder. */
function profilesFolder(program: string): string | null {
  return isSnap(program) ? join(homedir(), 'snap', 'chromium', 'common', 'headgate') : null;
}

/** True for a browser from a snap package, also behind Ubuntu's script /usr/bin/chromium-browser. */
export function isSnap(program: string): boolean {
  const real = realpathSync(program);
  if (program.startsWith('/snap/') || /\/snap$/.test(real)) return true;
  const start = firstBytes(real, 4096).toString('latin1');
  return start.startsWith('#!') && start.includes('/snap/bin/');
}

function firstBytes(path: string, count: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(file, bytes, 0, count, 0));
  } finally {
    closeSync(file);
  }
}
