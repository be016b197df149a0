import type { ApiError } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { createHost } from '../host.ts';
import type { Ending, Page } from '../launch/chromium.ts';
import { untilInterrupted } from '../launch/interrupt.ts';
import type { Opening } from '../launch/opening.ts';
import { serve } from '../serve.ts';
import type { RunningJob } from './job-session.ts';

/** How a job is run. */
export interface JobOptions {
  /** A path, or the name of a bundled model. */
  readonly model: string;
  /** Opens the app unseen. */
  readonly launch: (opening: Opening) => Promise<Page>;
  /** Milliseconds in which the page must ask for its job. */
  readonly patience: number;
}

/** Milliseconds that a browser is given to start in, which takes some seconds. */
export const PATIENCE = 120_000;

/**
 * Runs a job in the renderer's own code, unseen. Gives its result, or leaves nothing behind: also when the browser dies or
 * the user interrupts.
 * @throws HeadgateError
 */
export async function runJob<Result>(session: RunningJob<Result>, options: JobOptions): Promise<Result> {
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
    await session.fail({ code: 'interrupted', message: 'The job has ended.', hint: 'Start it again.' });
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
    `The browser ${what} before it was done${how === 'failed' && detail !== '' ? `: ${detail}` : ''}.`,
    'Try again, or name another Chromium-family browser in HEADGATE_CHROMIUM.',
  );
}

function asError({ code, message, hint }: ApiError): HeadgateError {
  return new HeadgateError(code, message, hint);
}
