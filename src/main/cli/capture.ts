import { resolve } from 'node:path';
import type { ApiError } from '../../common/contract.ts';
import { CaptureSession, type CaptureRequest, type CaptureResult } from '../capture/capture-session.ts';
import { HeadgateError } from '../../common/error.ts';
import { checkTarget } from '../files/check-target.ts';
import { createHost } from '../host.ts';
import type { Ending, Page } from '../launch/chromium.ts';
import { untilInterrupted } from '../launch/interrupt.ts';
import type { Opening } from '../launch/opening.ts';
import { launchHeadless } from '../launch/windows.ts';
import { serve } from '../serve.ts';
import { captureRequest, REQUEST_OPTIONS } from './capture-options.ts';
import { usageError, type Command } from './command.ts';

/** Milliseconds in which the page must ask for its job. Starting a browser takes some seconds. */
const PATIENCE = 120_000;

export interface CaptureOptions {
  readonly model: string;
  readonly request: CaptureRequest;
  /** Path of the file to write. */
  readonly out: string;
  readonly force: boolean;
  /** Opens the app unseen. */
  readonly launch: (opening: Opening) => Promise<Page>;
  /** Milliseconds in which the page must ask for its job. */
  readonly patience: number;
}

/** Runs a model unseen, in the renderer's own code, and keeps the run as a file. */
export const captureCommand: Command = {
  usage:
    'headgate capture MODEL --text T --out FILE.safetensors [--pair T2] [--target T3] [--generate N] [--beams N]\n' +
    '          [--temperature X] [--top-k N] [--top-p X] [--seed N] [--keep KINDS] [--force] [--json]',
  summary: 'run a model on a text and write its activations',
  options: {
    ...REQUEST_OPTIONS,
    out: { type: 'string' },
    force: { type: 'boolean' },
    json: { type: 'boolean' },
  },

  async run(model, values, output) {
    const { out } = values;
    if (model === null) throw usageError('headgate capture needs a MODEL.');
    const request = captureRequest(values);
    if (typeof out !== 'string' || out === '') throw usageError('headgate capture needs a file: --out FILE.');
    const force = values['force'] === true;
    const result = await capture({ model, request, out, force, launch: launchHeadless, patience: PATIENCE });
    for (const sentence of result.remarks) output.note(`headgate: note: ${sentence}`);
    if (result.warning !== undefined) output.note(`warning: ${result.warning}`);
    if (values['json'] === true) output.out(JSON.stringify(result));
    else
      output.out(`${result.file}: ${result.tensors} tensors, ${result.bytes.toLocaleString('en-US')} bytes`);
    return 0;
  },
};

/**
 * Writes the file, or leaves nothing behind: also when the browser dies or the user interrupts.
 * @throws HeadgateError
 */
export async function capture(options: CaptureOptions): Promise<CaptureResult> {
  const target = resolve(options.out);
  await checkTarget(options.out, options.force);
  const session = new CaptureSession(options.request, target, options.force);
  const { api, start } = await createHost({ host: 'loopback', model: options.model, job: session });
  if (start.startError !== null) throw asError(start.startError);
  const loopback = await serve({ api, port: 0 });
  const { interrupted, dispose } = untilInterrupted();
  const launching = options.launch(loopback.opening);
  const silence = patience(launching, session.started, options.patience);
  try {
    return await Promise.race([
      session.result,
      launching.then(({ ended }) => ended).then((ending) => Promise.reject(endedEarly(ending))),
      interrupted.then(() =>
        Promise.reject(new HeadgateError('interrupted', 'Interrupted.', 'Nothing was written.')),
      ),
      silence.broken,
    ]);
  } finally {
    silence.stop();
    await session.fail({ code: 'interrupted', message: 'The capture has ended.', hint: 'Start it again.' });
    const page = await launching.catch(() => null);
    await page?.close();
    await loopback.close();
    dispose();
  }
}

/** A promise that breaks when the page has not asked in time. The time runs from the launch: obtaining a browser is apart. */
function patience(
  launching: Promise<unknown>,
  started: Promise<unknown>,
  milliseconds: number,
): { broken: Promise<never>; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
  };
  const broken = new Promise<never>((_, reject) => {
    const wait = (): void => {
      if (stopped) return;
      timer = setTimeout(() => {
        reject(
          new HeadgateError(
            'browser-silent',
            `The browser has not loaded the app within ${milliseconds / 1000} seconds.`,
            'Try again, or name another Chromium-family browser in HEADGATE_CHROMIUM.',
          ),
        );
      }, milliseconds);
    };
    launching.then(wait, stop);
  });
  started.then(stop, stop);
  return { broken, stop };
}

function endedEarly({ how, detail }: Ending): HeadgateError {
  const what = { closed: 'was closed', crashed: 'crashed', failed: 'did not start' }[how];
  return new HeadgateError(
    'browser-ended',
    `The browser ${what} before the capture was done${how === 'failed' && detail !== '' ? `: ${detail}` : ''}.`,
    'Try again, or name another Chromium-family browser in HEADGATE_CHROMIUM.',
  );
}

function asError({ code, message, hint }: ApiError): HeadgateError {
  return new HeadgateError(code, message, hint);
}
