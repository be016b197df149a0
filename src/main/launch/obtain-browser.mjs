/**
 * A Chromium-family browser that starts: an installed one, else Playwright's download, else the distribution's package.
 * Plain JavaScript, since the launcher and the test runner use it before anything is built.
 */
import { join } from 'node:path';
import { findBrowsers } from '../browser.mjs';
import { realTools } from './tools.mjs';

/** @typedef {import('./tools.mjs').Tools & { findBrowsers: () => string[] }} BrowserTools */

/** What to do when no browser could be had. */
export const BROWSER_HINT =
  'Install Chrome, Chromium or Edge, or set HEADGATE_CHROMIUM to the path of one, and start again.';

/** Seconds that each way of obtaining a browser may take. */
const LIMITS = { start: 30, download: 240, sudo: 10, update: 180, install: 600 };

/** @returns {BrowserTools} */
const realBrowserTools = () => ({ ...realTools(), findBrowsers });

/**
 * The first installed browser that starts, or null. Obtains nothing.
 * @param {BrowserTools} tools
 * @returns {Promise<string | null>}
 */
export async function installedBrowser(tools = realBrowserTools()) {
  for (const path of tools.findBrowsers()) if (await starts(path, tools)) return path;
  return null;
}

/**
 * A browser that starts, obtained when none is installed; null when there is no way (see BROWSER_HINT).
 * Tells each attempt in one line on stderr. `HEADGATE_NO_DOWNLOAD=1` obtains nothing, and a browser that
 * `HEADGATE_CHROMIUM` names is used or nothing is.
 * @param {BrowserTools} tools
 * @returns {Promise<string | null>}
 */
export async function obtainBrowser(tools = realBrowserTools()) {
  const installed = await installedBrowser(tools);
  if (installed !== null || tools.env['HEADGATE_CHROMIUM'] || tools.env['HEADGATE_NO_DOWNLOAD'] === '1')
    return installed;
  return (await fromPlaywright(tools)) ?? (await fromPackages(tools));
}

/** Playwright's build of Chromium, into its own cache. @param {BrowserTools} tools */
async function fromPlaywright(tools) {
  const cli = join(tools.root, 'node_modules', 'playwright', 'cli.js');
  if (!tools.exists(cli) || tools.failures.recent('playwright-chromium')) return null;
  tools.say('No browser found; downloading Chromium (at most 4 minutes)…');
  const { ok } = await tools.run(process.execPath, [cli, 'install', 'chromium'], {
    seconds: LIMITS.download,
    env: tools.env,
  });
  if (!ok) tools.failures.remember('playwright-chromium');
  return ok ? installedBrowser(tools) : null;
}

/** Debian's package, and what Playwright's build needs where it is there but does not start. @param {BrowserTools} tools */
async function fromPackages(tools) {
  if (tools.platform !== 'linux') return null;
  const prefix = await administrator(tools);
  if (prefix === null) return null;
  const apt = (/** @type {number} */ seconds, /** @type {string[]} */ ...args) => {
    const [command, ...rest] = [
      ...prefix,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      '-o',
      'DPkg::Lock::Timeout=120',
      ...args,
    ];
    return tools.run(/** @type {string} */ (command), rest, { seconds, env: tools.env });
  };
  if (!(await apt(LIMITS.sudo, '--version')).ok) return null;
  tools.say("Installing the system's Chromium package with apt-get…");
  await apt(LIMITS.update, 'update');
  await apt(LIMITS.install, 'install', '-y', '--no-install-recommends', 'chromium');
  const packaged = await installedBrowser(tools);
  if (packaged !== null || tools.findBrowsers().length === 0) return packaged;
  tools.say('Installing the libraries that Chromium needs…');
  const cli = join(tools.root, 'node_modules', 'playwright', 'cli.js');
  await tools.run(process.execPath, [cli, 'install-deps', 'chromium'], {
    seconds: LIMITS.install,
    env: tools.env,
  });
  return installedBrowser(tools);
}

/** How to run a program with the rights of root: directly, through sudo without a password, or not (null). @param {BrowserTools} tools */
async function administrator(tools) {
  if (tools.isRoot) return [];
  return (await tools.run('sudo', ['-n', 'true'], { seconds: LIMITS.sudo, env: tools.env })).ok
    ? ['sudo', '-n']
    : null;
}

/**
 * Whether a browser is more than a file: Ubuntu's `chromium-browser` only points to a snap, and a downloaded build may
 * lack libraries. Elsewhere than on Linux `--version` would open a window.
 * @param {string} path @param {BrowserTools} tools
 */
async function starts(path, tools) {
  if (tools.platform !== 'linux') return true;
  return (await tools.run(path, ['--version'], { seconds: LIMITS.start, env: tools.env })).ok;
}
