/** Electron's binary as a child process: the app's own window, or a hidden one. */
import { spawn } from 'node:child_process';
import { startArguments, WINDOW_OPEN, type Start } from '../electron/start.ts';
import type { Ending, Page } from './chromium.ts';
import { root } from './tools.mjs';

/** Milliseconds that Electron has to end after it was asked to. */
const PATIENCE = 5000;

export interface ElectronOptions {
  /** Chromium's, such as the folder of its data. */
  readonly switches?: readonly string[];
  /** The address that a hidden window opens. It is asked for when the window is there, and goes over the channel. */
  readonly address?: (() => string) | null;
}

/**
 * Starts the built app in Electron. It says over its channel when its window is there, so that a start that failed (the
 * sandbox refused, libraries missing) is told from a window that was closed; and it ends when the channel breaks.
 * @param program path of Electron's binary
 */
export function startElectron(
  program: string,
  start: Start,
  { switches = [], address = null }: ElectronOptions = {},
): Page {
  // Chromium refuses its sandbox to root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(program, [...sandbox, ...switches, root, ...startArguments(start)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let opened = false;
  let closing = false;
  let lastWords = '';
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (lastWords = (lastWords + text).slice(-2000)));
  child.on('message', (message) => {
    if (message !== WINDOW_OPEN) return;
    opened = true;
    if (address !== null) child.send(address());
  });
  const ended = new Promise<Ending>((resolve) => {
    child.on('error', (error) => resolve({ how: 'failed', detail: error.message }));
    child.on('exit', (status) => {
      // A second start hands its model to the first one's window and ends well without a window of its own.
      const how = status === 0 || closing ? 'closed' : opened ? 'crashed' : 'failed';
      resolve({ how, detail: lastWords.trim().split('\n').at(-1) ?? '' });
    });
  });
  return {
    ended,
    async close() {
      closing = true;
      child.kill();
      const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(force);
    },
  };
}
