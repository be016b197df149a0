import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { Electron, type Window } from './stand-in.ts';

const folders: string[] = [];
const before = { argv: process.argv, listeners: process.listeners('disconnect') };

/** What the app does when its launcher is gone. The test runner's own listeners are left alone. */
export const onDisconnect = () =>
  process.listeners('disconnect').filter((listener) => !before.listeners.includes(listener));

afterEach(() => {
  process.argv = before.argv;
  for (const listener of onDisconnect()) process.off('disconnect', listener);
  vi.unstubAllEnvs();
  vi.doUnmock('electron');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Imports the composition over a stand-in for electron, with folders of its own, as one start of the app. */
export async function startApp(
  given: ConstructorParameters<typeof Electron>[0] = {},
  argv: readonly string[] = [],
): Promise<Electron> {
  const electron = new Electron(given);
  const folder = mkdtempSync(join(tmpdir(), 'headgate-app-'));
  folders.push(folder);
  vi.stubEnv('HEADGATE_CONFIG_DIR', join(folder, 'config'));
  vi.stubEnv('HEADGATE_CACHE_DIR', join(folder, 'cache'));
  process.argv = ['electron', '.', ...argv];
  vi.resetModules();
  vi.doMock('electron', () => electron.module);
  await import('../../../src/main/index.ts');
  return electron;
}

/** The app's window, once it is there. */
export async function windowOf(electron: Electron): Promise<Window> {
  await vi.waitFor(() => expect(electron.windows[0]?.loadURL).toHaveBeenCalled(), { timeout: 20_000 });
  return electron.windows[0] as Window;
}
