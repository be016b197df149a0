/** Builds the app when what was built is missing or older than the sources. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from './lock.mjs';

/** What the app is built from, and one file of each of the three parts that are built. */
const SOURCES = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];
const BUILT = ['out/main/cli.js', 'out/preload/preload.cjs', 'out/renderer/index.html'];

/** Milliseconds that no build takes. */
const LONGEST_BUILD = 10 * 60 * 1000;

/**
 * Whether the built app is missing or older than its sources. Folders count too: they are as new as the last file that
 * was added or removed.
 * @param {string} root the project's folder
 */
export function isStale(root) {
  const built = BUILT.map((name) => join(root, name));
  if (!built.every((path) => existsSync(path))) return true;
  const oldest = Math.min(...built.map((path) => statSync(path).mtimeMs));
  return SOURCES.some((name) => newest(join(root, name)) > oldest);
}

/** The latest change in a file or a folder, in milliseconds; 0 when it is not there. @param {string} path @returns {number} */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, newest(join(path, name))),
    found.mtimeMs,
  );
}

/**
 * Builds the app if it must be; a second launch waits for the first one's build. Nothing is written to stdout.
 * @param {string} root the project's folder
 * @param {{ stale?: (root: string) => boolean, build?: (root: string) => Promise<boolean>, say?: (line: string) => void }} tools
 * @returns {Promise<boolean>} whether the app is there
 */
export async function ensureBuilt(root, { stale = isStale, build = runBuild, say = toTerminal } = {}) {
  if (!existsSync(join(root, 'src', 'renderer')) || !stale(root)) return true;
  const unlock = await lock(join(root, 'out', '.build.lock'), {
    maxAge: LONGEST_BUILD,
    waiting: () => say('Waiting for another build of Headgate…'),
  });
  try {
    if (!stale(root)) return true;
    say('Building Headgate…');
    return await build(root);
  } finally {
    unlock();
  }
}

/** News of a build is for people who wait: where stderr is a file or a pipe, it holds errors only. @param {string} line */
function toTerminal(line) {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

/** Runs electron-vite; its own messages go to stderr. @param {string} root @returns {Promise<boolean>} */
function runBuild(root) {
  const tool = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const child = spawn(process.execPath, [tool, 'build', '--logLevel', 'error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('exit', (status) => resolve(status === 0));
  });
}
