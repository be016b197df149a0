#!/usr/bin/env node
/**
 * The command `headgate` (`npm start`, `npm run headgate`, the package's bin): builds the app when the sources are newer,
 * then hands over to it. stdout belongs to the command that runs.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './launch/build.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`Headgate needs Node.js 22.12 or newer (20.19 still works); this is ${process.versions.node}.`);

const root = join(import.meta.dirname, '..', '..');

/** Ends with one line on stderr. @param {string} message @returns {never} */
function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (existsSync(join(root, 'src', 'renderer')) && !existsSync(join(root, 'node_modules', 'electron-vite')))
  stop("Headgate's packages are not installed: run npm ci first.");

if (!(await ensureBuilt(root))) stop('Headgate could not be built; the lines above say why.');

// npm runs scripts in the project's folder; paths on the command line are relative to where the user is.
const { npm_lifecycle_event: script, INIT_CWD: from } = process.env;
if ((script === 'start' || script === 'headgate') && from && process.cwd() === root) process.chdir(from);

const { main } = await import(pathToFileURL(join(root, 'out', 'main', 'cli.js')).href);
process.exitCode = await main(process.argv.slice(2));
