/**
 * `npm run dev`: the app with hot reload. In Electron where its binary is there or can be had, else (or with --browser)
 * in a browser over the loopback host, whose code is loaded again on each change too.
 * `npm run dev -- [--browser] [MODEL]`
 */
import { spawn } from 'node:child_process';
import { createServer as createTcpServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createServer, createServerModuleRunner, loadConfigFromFile, mergeConfig } from 'vite';
import { hasDisplay } from '../../src/main/launch/choose-host.mjs';
import { BROWSER_HINT, obtainBrowser } from '../../src/main/launch/obtain-browser.mjs';
import { obtainElectron } from '../../src/main/launch/obtain-electron.mjs';

const root = join(import.meta.dirname, '..', '..');
const words = process.argv.slice(2);
const model = words.find((word) => !word.startsWith('-')) ?? null;
const electron = hasDisplay() && !words.includes('--browser') ? await obtainElectron() : null;

// The page's socket needs the port before the server has one (electron.vite.config.ts).
process.env.HEADGATE_DEV_PORT = String(await freePort());
if (electron !== null) runElectron();
else await runBrowser();

/** electron-vite builds and watches main and preload, serves the renderer, and starts Electron again on changes. */
function runElectron() {
  const tool = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const sandbox = process.getuid?.() === 0 ? ['--noSandbox'] : [];
  const given = model === null ? [] : [`--headgate-model=${resolve(model)}`];
  const child = spawn(process.execPath, [tool, 'dev', '--watch', ...sandbox], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ELECTRON_EXEC_PATH: electron, ELECTRON_CLI_ARGS: JSON.stringify(given) },
  });
  child.on('exit', (status) => process.exit(status ?? 1));
}

/**
 * Vite serves the renderer and hands `/api` on to the loopback host. That runs in this process, loaded through Vite: a
 * change in src/main makes a new host behind the same address, and the page loads again.
 */
async function runBrowser() {
  const hostPort = await freePort();
  const { config } = await loadConfigFromFile(
    { command: 'serve', mode: 'development' },
    join(root, 'electron.vite.config.ts'),
  );
  const server = await createServer(
    mergeConfig(config.renderer, {
      configFile: false,
      server: { proxy: { '^/api/': { target: `http://127.0.0.1:${hostPort}`, changeOrigin: true } } },
    }),
  );
  const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
  const load = (name) => runner.import(join(root, 'src', 'main', name));
  const makeHost = async () => {
    const { createHost } = await load('host.ts');
    return createHost({ host: 'loopback', model, servesRenderer: false });
  };

  let host = await makeHost();
  const { PRINTED_PATIENCE, serve } = await load('serve.ts');
  await server.listen();
  const loopback = await serve({
    api: (request) => host.api(request),
    port: hostPort,
    devOrigin: `http://127.0.0.1:${server.config.server.port}`,
  });

  const sources = join(root, 'src', 'main');
  const reload = async () => {
    runner.clearCache();
    server.environments.ssr.moduleGraph.invalidateAll();
    try {
      host = await makeHost();
      server.config.logger.info('host loaded again', { timestamp: true });
      server.ws.send({ type: 'full-reload' });
    } catch (error) {
      server.config.logger.error(error.stack);
    }
  };
  let soon;
  server.watcher.add(sources);
  server.watcher.on('all', (_event, path) => {
    if (!path.startsWith(sources)) return;
    // Several files often change at once.
    clearTimeout(soon);
    soon = setTimeout(() => void reload(), 100);
  });

  const { openAppWindow } = await load('launch/windows.ts');
  const { untilInterrupted } = await load('launch/interrupt.ts');
  const program = hasDisplay() ? await obtainBrowser() : null;
  const page = program === null ? null : openAppWindow(program, loopback.opening);
  if (hasDisplay() && program === null) console.error(BROWSER_HINT);
  if (page === null) console.log(`Headgate: ${loopback.invite(PRINTED_PATIENCE)}`);
  await Promise.race([untilInterrupted().interrupted, ...(page === null ? [] : [page.ended])]);
  await page?.close();
  await loopback.close();
  await server.close();
  process.exit();
}

/** A port of this machine that nobody uses. */
function freePort() {
  const probe = createTcpServer();
  return new Promise((found, failed) => {
    probe.on('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}
