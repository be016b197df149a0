/** Headgate served to a browser that a script drives. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * A host with a model and with settings of its own.
 * @param {string} model
 * @returns the address of its window, and what ends it
 */
export async function serveModel(model) {
  const config = mkdtempSync(join(tmpdir(), 'headgate-served-'));
  const host = spawn(
    process.execPath,
    [join(root, 'src/main/headgate.mjs'), 'serve', '--no-open', '--fresh', model],
    { env: { ...process.env, HEADGATE_CONFIG_DIR: config }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const close = () => {
    host.kill('SIGTERM');
    rmSync(config, { recursive: true, force: true });
  };
  return { link: await linkOf(host), close };
}

/** The address that the host prints. @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, null>} host @returns {Promise<string>} */
function linkOf(host) {
  let printed = '';
  return new Promise((found, failed) => {
    host.stdout.on('data', (chunk) => {
      printed += String(chunk);
      const link = /^Headgate: (\S+)$/m.exec(printed)?.[1];
      if (link !== undefined) found(link);
    });
    host.on('close', (status) => failed(new Error(`The host ended with ${String(status)}.`)));
  });
}

/** Waits until the window has nothing more to do. @param {import('playwright').Page} page */
export async function ready(page) {
  // What was asked for has begun by then.
  await page.waitForTimeout(300);
  await page.waitForSelector('html[data-state="ready"]', { timeout: 600_000, state: 'attached' });
}
