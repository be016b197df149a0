/** What the launcher works with. Tests pass stand-ins. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failures } from './failures.mjs';
import { run } from './run.mjs';

/** The project's folder: three levels up, both from src/main/launch and from a bundle in out/main/chunks. */
export const root = findRoot(import.meta.dirname);

/** The nearest folder upwards that holds package.json. @param {string} folder @returns {string} */
function findRoot(folder) {
  const up = join(folder, '..');
  if (existsSync(join(folder, 'package.json')) || up === folder) return folder;
  return findRoot(up);
}

/**
 * @typedef {object} Tools
 * @property {NodeJS.ProcessEnv} env
 * @property {string} platform
 * @property {string} root the folder that holds node_modules
 * @property {boolean} isRoot whether this process has the rights of root
 * @property {(path: string) => boolean} exists
 * @property {import('./run.mjs').Run} run
 * @property {import('./failures.mjs').Failures} failures
 * @property {(line: string) => void} say one progress line; never on stdout
 */

/** @returns {Tools} */
export function realTools() {
  return {
    env: process.env,
    platform: process.platform,
    root,
    isRoot: process.getuid?.() === 0,
    exists: existsSync,
    run,
    failures: failures(),
    say: (line) => process.stderr.write(`${line}\n`),
  };
}
