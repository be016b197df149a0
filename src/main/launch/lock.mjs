/** A lock between processes: a file that names the process that holds it. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which the holder has surely written its process id. */
const WRITTEN = 5000;

/**
 * Takes the lock if nobody holds it. A lock whose process has ended is free, and so is one older than `maxAge`
 * (process ids are used again after a restart of the machine).
 * @param {string} file
 * @param {number} maxAge milliseconds
 * @returns {(() => void) | null} gives the lock back; null when another process holds it
 */
export function tryLock(file, maxAge = Infinity) {
  mkdirSync(dirname(file), { recursive: true });
  if (isLeftOver(file, maxAge)) rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return () => rmSync(file, { force: true });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return null;
    throw error;
  }
}

/**
 * Waits until the lock is free and takes it.
 * @param {string} file
 * @param {{ waiting?: () => void, poll?: number, maxAge?: number }} options `waiting` is called once when another
 *   process holds it; `poll` and `maxAge` are in milliseconds
 * @returns {Promise<() => void>} gives the lock back
 */
export async function lock(file, { waiting = () => {}, poll = 200, maxAge = Infinity } = {}) {
  for (let first = true; ; first = false) {
    const unlock = tryLock(file, maxAge);
    if (unlock !== null) return unlock;
    if (first) waiting();
    await sleep(poll);
  }
}

/** Whether the file is there and nobody holds it any more. @param {string} file @param {number} maxAge */
function isLeftOver(file, maxAge) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const age = Date.now() - found.mtimeMs;
  if (age > maxAge) return true;
  let pid;
  try {
    pid = Number(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
  if (!Number.isInteger(pid) || pid <= 0) return age > WRITTEN;
  return !isRunning(pid);
}

/** Whether a process of this machine runs. @param {number} pid */
export function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
