/** The real app in Electron, and the host behind its window as a target of the contract's cases. */
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { join } from 'node:path';
import { hasDisplay } from '../../src/main/launch/choose-host.mjs';
import { findElectron } from '../../src/main/launch/obtain-electron.mjs';
import type { Target } from '../unit/api/contract-target.ts';
import { root, temporaryFolder } from './app.ts';

const executablePath = findElectron();

/** Why the tests in Electron can't run on this machine; null when they can. */
export const whyNot =
  executablePath === null
    ? "Electron's binary is not installed (npm start downloads it where it can)"
    : hasDisplay()
      ? null
      : 'there is no display for a window';

export interface StartedApp {
  readonly app: ElectronApplication;
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts the built app with settings of its own. */
export async function startElectronApp(model: string | null): Promise<StartedApp> {
  const own = temporaryFolder();
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: [...sandbox, root, ...(model === null ? [] : [`--headgate-model=${model}`])],
    env: {
      ...(process.env as Record<string, string>),
      HEADGATE_CONFIG_DIR: join(own.path, 'config'),
      HEADGATE_CACHE_DIR: join(own.path, 'cache'),
    },
  });
  return {
    app,
    page: await app.firstWindow(),
    async close() {
      await app.close();
      own[Symbol.dispose]();
    },
  };
}

/** Calls the host as the page does: by fetch, in the page. Bytes cross the protocol of the test as base64. */
export function pageTarget(page: Page, folder: string): Target {
  return {
    folder,
    async call(method, path, { headers = {}, body } = {}) {
      const sent = body === undefined ? null : Buffer.from(body).toString('base64');
      const reply = await page.evaluate(
        async ({ method, path, headers, sent }) => {
          const body =
            sent === null ? null : Uint8Array.from(atob(sent), (character) => character.charCodeAt(0));
          const response = await fetch(path, { method, headers, body });
          const blob = await response.blob();
          const address = await new Promise<string>((resolve) => {
            const reader = new FileReader();
            reader.onload = () => resolve(String(reader.result));
            reader.readAsDataURL(blob);
          });
          const bytes = address.slice(address.indexOf(',') + 1);
          return { status: response.status, headers: Object.fromEntries(response.headers), bytes };
        },
        { method, path, headers, sent },
      );
      return { ...reply, bytes: new Uint8Array(Buffer.from(reply.bytes, 'base64')) };
    },
  };
}
