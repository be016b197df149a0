/** A regular expression of the user's, matched in a worker with a limit: a hostile one must not freeze the window. */
import { HeadgateError } from '../../../common/error.ts';

export interface PatternRequest {
  readonly pattern: string;
  readonly text: string;
}

/** [from, to) of every match that is not empty. */
export type PatternReply = readonly (readonly [number, number])[];

/** Milliseconds. */
const LIMIT = 3000;

function startWorker(): Worker {
  return new Worker(new URL('./pattern-worker.ts', import.meta.url), { type: 'module', name: 'pattern' });
}

/** @throws HeadgateError `bad-pattern`, `pattern-timeout`; the signal's reason */
export async function matchesOf(
  request: PatternRequest,
  signal: AbortSignal,
  { start = startWorker, limit = LIMIT }: { readonly start?: () => Worker; readonly limit?: number } = {},
): Promise<PatternReply> {
  signal.throwIfAborted();
  checkPattern(request.pattern);
  const worker = start();
  try {
    return await new Promise<PatternReply>((resolve, reject) => {
      const timer = setTimeout(() => reject(tooSlow(request.pattern, limit)), limit);
      const end = () => clearTimeout(timer);
      worker.addEventListener('message', ({ data }: MessageEvent<PatternReply>) => {
        end();
        resolve(data);
      });
      worker.addEventListener('error', ({ message }) => {
        end();
        reject(new Error(message));
      });
      signal.addEventListener('abort', () => {
        end();
        reject(signal.reason as Error);
      });
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}

/** @throws HeadgateError `bad-pattern` */
export function checkPattern(pattern: string): void {
  try {
    new RegExp(pattern, 'gu');
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /, '') : '';
    throw new HeadgateError(
      'bad-pattern',
      `“${pattern.slice(0, 60)}” is no regular expression: ${why}.`,
      'Use JavaScript’s notation, such as \\d+ for numbers or ing\\b for endings.',
    );
  }
}

function tooSlow(pattern: string, limit: number): HeadgateError {
  return new HeadgateError(
    'pattern-timeout',
    `“${pattern.slice(0, 60)}” had not gone through the text after ${limit / 1000} s.`,
    'Leave out repetitions inside of repetitions, such as (a+)+.',
  );
}
