import { createHost } from '../host.ts';
import { hasDisplay } from '../launch/choose-host.mjs';
import { untilInterrupted } from '../launch/interrupt.ts';
import { installedBrowser } from '../launch/obtain-browser.mjs';
import { openAppWindow } from '../launch/windows.ts';
import { PRINTED_PATIENCE, serve } from '../serve.ts';
import { usageError, type Command } from './command.ts';
import { FRESH, startOf } from './start-options.ts';
import { errorLine } from './error-line.ts';

/** The loopback host, until Ctrl+C. A model that can't be opened is told here and in the app, which stays usable. */
export const serveCommand: Command = {
  usage: 'headgate serve [--port N] [--no-open] [--fresh] [MODEL… | FILE.headgate]',
  summary: 'serve the app on 127.0.0.1 and print its address',
  options: { port: { type: 'string' }, 'no-open': { type: 'boolean' }, ...FRESH },
  several: true,

  async run(model, values, output, beside) {
    const port = parsePort(values['port']);
    const { api, start } = await createHost({
      host: 'loopback',
      ...startOf(model, beside, values),
    });
    const loopback = await serve({ api, port });
    const { interrupted, dispose } = untilInterrupted();
    try {
      output.out(`Headgate: ${loopback.invite(PRINTED_PATIENCE)}`);
      if (start.startError !== null) output.note(errorLine(start.startError));
      if (start.settingsNote !== undefined) output.note(errorLine(start.settingsNote));
      const program = values['no-open'] === true || !hasDisplay() ? null : await installedBrowser();
      const page = program === null ? null : openAppWindow(program, loopback.opening);
      await interrupted;
      await page?.close();
      return 0;
    } finally {
      dispose();
      await loopback.close();
    }
  },
};

function parsePort(given: string | boolean | undefined): number {
  if (given === undefined) return 0;
  const port = Number(given);
  if (typeof given !== 'string' || !/^\d{1,5}$/.test(given) || port > 65535)
    throw usageError(`--port takes a number from 0 to 65535, not ${JSON.stringify(given)}.`);
  return port;
}
