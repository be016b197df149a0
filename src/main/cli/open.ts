/** `headgate [MODEL]`: the app, in the best window that this machine has. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundledModelsFolder } from '../files/resources.ts';
import { createHost } from '../host.ts';
import { chooseHost, hasDisplay } from '../launch/choose-host.mjs';
import type { Ending, Page } from '../launch/chromium.ts';
import { startElectron } from '../launch/electron-process.ts';
import { untilInterrupted } from '../launch/interrupt.ts';
import { BROWSER_HINT, obtainBrowser } from '../launch/obtain-browser.mjs';
import { obtainElectron } from '../launch/obtain-electron.mjs';
import { openAppWindow } from '../launch/windows.ts';
import { PRINTED_PATIENCE, serve } from '../serve.ts';
import { errorLine } from './error-line.ts';
import type { StartOptions } from './start-options.ts';

const say = (line: string) => void process.stderr.write(`${line}\n`);

/**
 * Opens the app and waits until its window is closed, or until Ctrl+C.
 * @param options what it begins with
 * @returns the exit status
 */
export async function openApp(options: StartOptions): Promise<number> {
  const { model, beside, session, restores } = options;
  const display = hasDisplay();
  const choice = await chooseHost({ display, electron: obtainElectron, browser: obtainBrowser });
  if (choice.host === 'electron') {
    const { how, detail } = await untilEnd(
      startElectron(choice.program, {
        model: absolute(model),
        hidden: null,
        ...(beside.length === 0 ? {} : { beside: beside.map((one) => absolute(one) ?? one) }),
        ...(session === null ? {} : { session }),
        ...(restores === false ? { fresh: true } : {}),
      }),
    );
    if (how !== 'failed') return how === 'closed' ? 0 : 1;
    say(`Electron did not start (${detail}); a browser takes its place.`);
  }
  const program =
    choice.host === 'electron' ? await obtainBrowser() : choice.host === 'browser' ? choice.program : null;
  if (program === null && display) say(`There is no browser to show Headgate in. ${BROWSER_HINT}`);
  return openOnLoopback(options, program);
}

/**
 * The app behind the loopback host: in a browser's app window, or at an address that is printed.
 * @param program path of the browser; null prints the address
 */
async function openOnLoopback(options: StartOptions, program: string | null): Promise<number> {
  const { api, start } = await createHost({ host: 'loopback', ...options });
  if (start.settingsNote !== undefined) say(errorLine(start.settingsNote));
  const loopback = await serve({ api, port: 0 });
  try {
    if (program !== null) {
      const { how, detail } = await untilEnd(openAppWindow(program, loopback.opening));
      if (how !== 'failed') return 0;
      say(`${program} did not start (${detail}).`);
    }
    const { interrupted } = untilInterrupted();
    process.stdout.write(`Headgate: ${loopback.invite(PRINTED_PATIENCE)}\n`);
    await interrupted;
    return 0;
  } finally {
    await loopback.close();
  }
}

/** Waits for a window's end; an interruption closes it. */
async function untilEnd(page: Page): Promise<Ending> {
  const { interrupted, dispose } = untilInterrupted();
  void interrupted.then(() => page.close());
  const ending = await page.ended;
  dispose();
  return ending;
}

/** A path that means the same in another process; a bundled model's name stays. */
function absolute(model: string | null): string | null {
  if (model === null || existsSync(join(bundledModelsFolder(), model))) return model;
  return resolve(model);
}
