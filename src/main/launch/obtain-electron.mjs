/** Electron's binary: the one that is there, or a download by the package's own install script. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realTools } from './tools.mjs';

/** Seconds that the download may take. */
const DOWNLOAD_LIMIT = 120;

/**
 * The path of Electron's binary in node_modules, or null when it is not there or is not complete.
 * @param {Pick<import('./tools.mjs').Tools, 'root' | 'exists'>} tools
 * @returns {string | null}
 */
export function findElectron({ root, exists } = realTools()) {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!exists(pathFile)) return null;
  const path = join(folder, 'dist', readFileSync(pathFile, 'utf8'));
  return exists(path) ? path : null;
}

/**
 * Electron's binary, downloaded when it is missing. A failed download is not tried again for a day;
 * `HEADGATE_NO_DOWNLOAD=1` tries none.
 * @param {import('./tools.mjs').Tools} tools
 * @returns {Promise<string | null>} a path whose program starts, or null
 */
export async function obtainElectron(tools = realTools()) {
  const found = findElectron(tools);
  if (found !== null) return (await starts(found, tools)) ? found : null;
  const script = join(tools.root, 'node_modules', 'electron', 'install.js');
  if (tools.env['HEADGATE_NO_DOWNLOAD'] === '1' || !tools.exists(script)) return null;
  if (tools.failures.recent('electron')) return null;
  tools.say(`Downloading Electron (at most ${DOWNLOAD_LIMIT / 60} minutes)…`);
  const { ok } = await tools.run(process.execPath, [script], { seconds: DOWNLOAD_LIMIT, env: tools.env });
  const path = ok ? findElectron(tools) : null;
  if (path !== null && (await starts(path, tools))) {
    tools.failures.forget('electron');
    return path;
  }
  tools.failures.remember('electron');
  tools.say('Electron could not be downloaded; Headgate opens in a browser instead.');
  return null;
}

/** Whether the machine has the libraries that the binary needs. @param {string} path @param {import('./tools.mjs').Tools} tools */
async function starts(path, tools) {
  if (tools.platform !== 'linux') return true;
  const env = { ...tools.env, ELECTRON_RUN_AS_NODE: '1' };
  return (await tools.run(path, ['--version'], { seconds: 30, env })).ok;
}
